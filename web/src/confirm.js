// data-confirm="question" on a button, or on a form for all its buttons, asks before the form is sent. The question
// says what will happen.

/** Asks before `element`, a button or a form, is sent; browsers without <dialog> fall back to confirm(). */
export function confirmDangerous(element) {
  const buttons = element instanceof HTMLFormElement ? element.querySelectorAll("button[type=submit]") : [element];
  buttons.forEach((button) => askBefore(button, element.dataset.confirm));
}

function askBefore(button, question) {
  const form = button.form;
  if (!form) return;
  let agreed = false;
  button.addEventListener("click", (event) => {
    if (agreed) return;
    event.preventDefault();
    if (!button.formNoValidate && !form.reportValidity()) return;
    ask(question, button.textContent.trim(), () => {
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
