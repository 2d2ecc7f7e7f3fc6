// Prints what @grafana/data knows: ids of units and of field matchers.
globalThis.navigator ??= { language: "en", languages: ["en"] };
const { fieldMatchers, getValueFormats } = require("@grafana/data");
const units = getValueFormats().flatMap((category) => category.submenu.map((unit) => unit.value));
console.log(JSON.stringify({ units, matchers: fieldMatchers.list().map((matcher) => matcher.id) }));
