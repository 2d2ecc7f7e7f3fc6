"""What collector, forecast, api and dashboards share."""
