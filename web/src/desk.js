// Small conveniences of the desk. Every page works without them.
import { confirmDangerous } from "./confirm.js";
import { filterChoices } from "./filter.js";
import { dropFiles } from "./drop.js";
import { usePasskey } from "./passkey.js";

/** Attaches every convenience to the elements under `root` that ask for it. */
export function enhance(root) {
  root.querySelectorAll("[data-confirm]").forEach(confirmDangerous);
  root.querySelectorAll("[data-filter]").forEach(filterChoices);
  root.querySelectorAll("[data-drop]").forEach((zone) => dropFiles(zone, enhance));
  root.querySelectorAll("[data-passkey]").forEach(usePasskey);
  root.querySelector(".error-summary")?.focus();
}

enhance(document);
