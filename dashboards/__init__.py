"""Grafana as code: dashboards built from the registry, checks of them, provisioning, push and annotations."""
