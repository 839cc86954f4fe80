import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">
      {children}
    </svg>
  );
}

export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="currentColor" />
    <g fill="none" stroke="var(--page)" stroke-width="2.8" stroke-linecap="round">
      <path d="M7.5 11h10M22 11h2.5M7.5 16h4M16 16h8.5M7.5 21h13" />
    </g>
  </svg>
);

export const Plus = () => <Icon><path d="M8 3.5v9M3.5 8h9" /></Icon>;
export const Pause = () => <Icon><path d="M5.5 4v8M10.5 4v8" /></Icon>;
export const Play = () => <Icon><path d="M5.5 3.8v8.4l6.5-4.2z" /></Icon>;
export const Trash = () => <Icon><path d="M3 4.5h10M6.5 4.5v-1h3v1M4.5 4.5l.5 8h6l.5-8" /></Icon>;
export const Cross = () => <Icon><path d="M4.5 4.5l7 7M11.5 4.5l-7 7" /></Icon>;
export const Chevron = () => <Icon><path d="M6 4l4 4-4 4" /></Icon>;
export const Sun = () => <Icon><circle cx="8" cy="8" r="2.6" /><path d="M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M3.6 12.4l1-1M11.4 4.6l1-1" /></Icon>;
export const Moon = () => <Icon><path d="M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z" /></Icon>;
export const Half = () => <Icon><circle cx="8" cy="8" r="5.2" /><path d="M8 2.8v10.4A5.2 5.2 0 0 0 8 2.8z" fill="currentColor" /></Icon>;
