// A form with data-passkey ("create" or "get") asks the device with what stands in data-options, puts the device's answer
// into its field "answer" and is sent. What the answer is worth is decided by the server.

/** Asks at once, and again at every press of the form's button. */
export function usePasskey(form) {
  const button = form.querySelector("button");
  const words = form.querySelector("[data-words]");
  if (!window.PublicKeyCredential || !navigator.credentials) {
    words.textContent = "这个浏览器不支持通行密钥。请返回改用其他方式，或换用新版浏览器。";
    return;
  }
  const ask = async () => {
    button.hidden = true;
    words.textContent = "正在等待设备核实……";
    try {
      const { publicKey } = JSON.parse(form.dataset.options);
      const answer = await (form.dataset.passkey === "create" ? create(publicKey) : get(publicKey));
      form.elements.answer.value = JSON.stringify(answer);
      words.textContent = "设备已核实，正在提交……";
      form.submit();
    } catch (error) {
      words.textContent = sentence(error);
      button.hidden = false;
      button.focus();
    }
  };
  button.addEventListener("click", ask);
  ask();
}

async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: (options.excludeCredentials ?? []).map(named),
    },
  });
  const { response } = made;
  return {
    ...envelope(made),
    response: {
      attestationObject: text(response.attestationObject),
      clientDataJSON: text(response.clientDataJSON),
      transports: response.getTransports?.() ?? [],
    },
  };
}

async function get(options) {
  const found = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: (options.allowCredentials ?? []).map(named),
    },
  });
  const { response } = found;
  return {
    ...envelope(found),
    response: {
      authenticatorData: text(response.authenticatorData),
      clientDataJSON: text(response.clientDataJSON),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

function envelope(credential) {
  const rawId = text(credential.rawId);
  return { id: rawId, rawId, type: credential.type, extensions: credential.getClientExtensionResults() };
}

function named(descriptor) {
  return { ...descriptor, id: bytes(descriptor.id) };
}

function sentence(error) {
  switch (error.name) {
    case "InvalidStateError":
      return "这台设备上已经有这个账号的通行密钥，不必再登记。";
    case "SecurityError":
      return "浏览器地址栏里的网址不是登记通行密钥的网址，请从单位公布的工作台网址进入。";
    case "NotSupportedError":
      return "这台设备不支持所需的通行密钥，请换一台设备，或返回改用其他方式。";
    default:
      return "没有完成：可能是取消了、等得太久，或者这台设备上没有这个账号的通行密钥。可以再试一次，或返回改用其他方式。";
  }
}

function bytes(base64url) {
  const binary = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
