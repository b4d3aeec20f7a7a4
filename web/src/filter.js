// A fieldset with data-filter="label" gets a box that narrows its long list of choices while one types.

/** Adds the box to `fieldset`; ticked choices always stay visible, so that nothing chosen hides. */
export function filterChoices(fieldset) {
  const list = fieldset.querySelector(".choices");
  if (!list) return;
  const choices = [...list.querySelectorAll("label")];
  const box = document.createElement("input");
  box.type = "search";
  box.className = "filter-box";
  box.placeholder = fieldset.dataset.filter;
  box.setAttribute("aria-label", fieldset.dataset.filter);
  const found = document.createElement("p");
  found.className = "hint";
  found.setAttribute("role", "status");

  box.addEventListener("input", () => {
    const wanted = box.value.trim();
    let matches = 0;
    for (const choice of choices) {
      const match = choice.textContent.includes(wanted);
      choice.hidden = !match && !choice.querySelector("input").checked;
      if (match) matches += 1;
    }
    found.textContent = wanted ? `找到 ${matches} 个，已勾选的始终显示` : "";
  });
  // Enter narrows the list; it must not send the form around it.
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  list.before(box, found);
}
