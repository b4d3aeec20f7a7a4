// A button with data-confirm="question" asks before its form is sent. The question says what will happen.

/** Asks in a dialog before `button` submits its form; browsers without <dialog> fall back to confirm(). */
export function confirmDangerous(button) {
  const form = button.form;
  if (!form) return;
  let agreed = false;
  button.addEventListener("click", (event) => {
    if (agreed) return;
    event.preventDefault();
    if (!form.reportValidity()) return;
    ask(button.dataset.confirm, button.textContent.trim(), () => {
      agreed = true;
      button.click();
      agreed = false;
    });
  });
}

/** Shows `question` with a yes that repeats the button's own word, and a no that has the focus. */
function ask(question, word, onYes) {
  const dialog = document.createElement("dialog");
  if (!dialog.showModal) {
    if (window.confirm(question)) onYes();
    return;
  }
  dialog.className = "confirm";
  dialog.setAttribute("aria-labelledby", "confirm-question");
  const text = document.createElement("p");
  text.id = "confirm-question";
  text.textContent = question;
  const actions = document.createElement("div");
  actions.className = "actions";
  const no = makeButton("取消", "button", () => dialog.close());
  no.autofocus = true;
  const yes = makeButton(word, "button button--danger", () => {
    dialog.close();
    onYes();
  });
  actions.append(no, yes);
  dialog.append(text, actions);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function makeButton(label, className, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = className;
  button.textContent = label;
  button.addEventListener("click", onClick);
  return button;
}
