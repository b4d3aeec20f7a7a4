// An element with data-drop around a file field takes dropped files, lists them, and shows how far the
// upload has come. The server answers exactly as it answers the plain form.

/** Forms that already send with a progress bar; one form may hold several zones. */
const wired = new WeakSet();

/** Makes `zone` a place to drop files; `enhance` is run again over a page that came back with errors. */
export function dropFiles(zone, enhance) {
  const input = zone.querySelector("input[type=file]");
  if (!input) return;
  const list = document.createElement("ul");
  list.className = "files";
  zone.append(list);

  input.addEventListener("change", () => show(input.files, list));
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("is-over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    const dropped = event.dataTransfer?.files;
    if (!dropped?.length) return;
    if (dropped.length > 1 && !input.multiple) {
      list.replaceChildren(line("这里一次只能放一个文件", ""));
      return;
    }
    input.files = dropped;
    show(dropped, list);
  });
  if (!input.form || wired.has(input.form)) return;
  wired.add(input.form);
  input.form.addEventListener("submit", (event) => send(event, zone, enhance));
}

/** Lists names and sizes, so that one sees what will be sent. */
function show(files, list) {
  list.replaceChildren(...[...files].map((file) => line(file.name, readableSize(file.size))));
}

function line(name, size) {
  const item = document.createElement("li");
  const [left, right] = [document.createElement("span"), document.createElement("span")];
  left.textContent = name;
  right.textContent = size;
  item.append(left, right);
  return item;
}

/** Bytes as people read them: 1024-based KB and MB, as offices are used to. */
function readableSize(bytes) {
  if (bytes < 1024) return `${bytes} 字节`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Sends the form with a progress bar, then shows what the server answers. */
function send(event, zone, enhance) {
  event.preventDefault();
  const form = event.target;
  const data = new FormData(form);
  if (event.submitter?.name) data.append(event.submitter.name, event.submitter.value);
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", "上传进度");
  const words = document.createElement("p");
  words.setAttribute("role", "status");
  words.textContent = "正在上传…";
  zone.querySelectorAll("progress, [role=status]").forEach((old) => old.remove());
  zone.append(bar, words);
  setBusy(form, true);

  const request = new XMLHttpRequest();
  request.open("POST", form.getAttribute("action"));
  request.upload.addEventListener("progress", (progress) => {
    if (!progress.lengthComputable) return;
    const percent = Math.floor((100 * progress.loaded) / progress.total);
    bar.value = percent;
    words.textContent = percent < 100 ? `已上传 ${percent}%` : "已上传，正在读取文件，请稍候…";
  });
  request.addEventListener("load", () => arrive(request, form, enhance));
  request.addEventListener("error", () => {
    bar.remove();
    words.textContent = "上传中断，可能是网络问题。文件没有保存，请再试一次。";
    setBusy(form, false);
  });
  request.send(data);
}

/**
 * Shows the page that came back, under its own address. It is not asked for again, because a message that
 * is shown once would be lost.
 */
function arrive(request, form, enhance) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const address = request.responseURL || form.getAttribute("action");
  history.pushState(null, "", address);
  window.addEventListener("popstate", () => location.reload(), { once: true });
  document.title = page.title;
  document.body.replaceWith(page.body);
  window.scrollTo(0, 0);
  enhance(document);
}

function setBusy(form, busy) {
  form.querySelectorAll("button").forEach((button) => {
    button.disabled = busy;
  });
}
