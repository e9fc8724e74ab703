// Hands the elements that a page names to allauth's passkey scripts, and says on the page what went wrong.
"use strict";

for (const wired of document.querySelectorAll("[data-passkey]")) {
  const { passkey, told, ...ids } = wired.dataset;
  window.allauth.webauthn.forms[passkey]({ ids });
  // Whoever closes the browser's own question has not met an error: nothing goes to the console.
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const line = wired.querySelector("p");
    line.textContent = told;
    line.hidden = false;
  });
}
