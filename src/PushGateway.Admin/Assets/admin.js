// Starts the page's connection, and keeps light or dark: the choice is the browser's, not the server's.
(() => {
  const key = 'pushgateway-theme';
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (localStorage.getItem(key) ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const apply = () => document.documentElement.classList.toggle('pg-dark', isDark());
  apply();

  window.pushGateway = {
    isDark,
    setDark(dark) { localStorage.setItem(key, dark ? 'dark' : 'light'); apply(); },
    copy(text) { return navigator.clipboard.writeText(text).then(() => true, () => false); },
    zone() { try { return Intl.DateTimeFormat().resolvedOptions().timeZone; } catch { return null; } },
    submit(id) { document.getElementById(id)?.submit(); },
  };

  // Somebody is there: their session goes on. What a page does by itself does not count.
  let told = Date.now();
  const isThere = () => {
    if (Date.now() - told < 60000 || !window.Blazor) { return; }
    told = Date.now();
    fetch('/admin/session', { redirect: 'manual' }).catch(() => {});
  };
  for (const sign of ['pointermove', 'pointerdown', 'keydown', 'wheel']) { addEventListener(sign, isThere, { passive: true }); }

  document.addEventListener('DOMContentLoaded', () => {
    if (!window.Blazor) { return; }
    Blazor.start({
      circuit: {
        reconnectionOptions: { maxRetries: 1000, retryIntervalMilliseconds: (tries) => Math.min(1000 * (tries + 1), 5000) },
      },
    });
  });
})();
