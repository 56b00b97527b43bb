/** Style sheet of the report: light, dark and print. */
export const REPORT_STYLE = `
:root { --ink: #1c1f23; --dim: #667; --paper: #fff; --line: #ddd; --bar: #2f6fd0; --good: #12744a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6ea; --dim: #9aa; --paper: #14171b; --line: #333a42; --bar: #6ea8ff; --good: #5fd39b; --bad: #ff8a80; }
}
@media print {
  :root { --ink: #000; --dim: #444; --paper: #fff; --line: #bbb; --bar: #2f6fd0; --good: #0a5; --bad: #b00; }
  section { break-inside: avoid; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 760px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
p { margin: .25rem 0; white-space: pre-wrap; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.facts { display: flex; flex-wrap: wrap; gap: 1rem 2rem; margin: 1.5rem 0 0; }
.facts dt { color: var(--dim); font-size: .8rem; }
.facts dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
a { color: var(--bar); }
figure { margin: 0; }
figcaption { color: var(--dim); font-size: .8rem; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .value { fill: var(--dim); font-size: 11px; }
svg .end { text-anchor: end; }
svg .bar { fill: var(--bar); }
svg .axis { stroke: var(--line); }
svg .curve { fill: none; stroke: var(--bar); stroke-width: 1.5; }
svg .attempt1 { stroke: var(--good); }
svg .attempt2 { stroke: var(--bad); }
svg .attempt3 { stroke: var(--dim); }
`;
