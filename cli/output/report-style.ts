/** Style sheet of the report: light, dark and print; wide and narrow. */
export const REPORT_STYLE = `
:root {
  --ink: #1b1f24; --dim: #5b6470; --paper: #fff; --card: #f6f7f9; --line: #dfe3e8;
  --bar: #2f6fd0; --good: #12744a; --bad: #b3261e; --quiet: #9aa5b1;
  --s0: #2f6fd0; --s1: #0f8b8d; --s2: #c05a1c; --s3: #8250c4; --s4: #b0922a; --s5: #6b7683;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ee; --dim: #98a3b0; --paper: #13161a; --card: #1b2026; --line: #2c343d;
    --bar: #6ea8ff; --good: #5fd39b; --bad: #ff8a80; --quiet: #5c6874;
    --s0: #6ea8ff; --s1: #4fc9cb; --s2: #f2a26b; --s3: #bd9bf2; --s4: #e2c866; --s5: #8d99a6;
  }
}
@media print {
  :root { --ink: #000; --dim: #444; --paper: #fff; --card: #fff; --line: #bbb; --bar: #2f6fd0; --good: #075; --bad: #b00; --quiet: #888; }
  section, .attempts li { break-inside: avoid; }
  body { margin: 0; max-width: none; font-size: 11px; }
  pre { max-height: none !important; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2.25rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: .8rem; font-weight: 600; margin: .9rem 0 .25rem; color: var(--dim); }
p { margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: .85em ui-monospace, monospace; }
a { color: var(--bar); overflow-wrap: anywhere; }
.dim, small { color: var(--dim); font-size: .85rem; }
header { border-left: 4px solid var(--tone); padding-left: 1rem; }
.good { --tone: var(--good); }
.bad { --tone: var(--bad); }
.quiet { --tone: var(--quiet); }
.plain { --tone: var(--bar); }
.verdict { color: var(--tone); font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .6rem; margin: 1.5rem 0 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; }
.facts dt { color: var(--dim); font-size: .8rem; }
.facts dd { margin: 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.lane { display: grid; grid-template-columns: 11rem 1fr 6.5rem; gap: .75rem; align-items: center; min-height: 1.6rem; }
.lane .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lane .note { color: var(--dim); font-size: .85rem; font-variant-numeric: tabular-nums; }
.track { position: relative; height: 1.6rem; background: repeating-linear-gradient(to right, var(--line) 0 1px, transparent 1px var(--step)); }
.track i { position: absolute; top: .3rem; height: 1rem; min-width: 2px; border-radius: 3px; background: var(--tone); }
.axis .track { background: none; height: 1.2rem; }
.axis b { position: absolute; font-weight: 400; font-size: .8rem; color: var(--dim); white-space: nowrap; }
.attempts { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
.attempts li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--tone); border-radius: 6px; padding: .6rem .9rem; }
.attempts h3 { margin: 0; font-size: 1rem; color: var(--ink); }
.attempts h3 span { color: var(--tone); }
details { margin-top: .4rem; }
summary { cursor: pointer; color: var(--dim); font-size: .85rem; }
pre { margin: .4rem 0 0; padding: .6rem; max-height: 24rem; overflow: auto; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; font: .8rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.charts { display: grid; gap: 1.5rem; }
.logs a { margin-right: .5rem; }
.logs .fault { color: var(--bad); font-weight: 600; }
.chart { display: grid; grid-template-columns: 3.25rem 1fr; margin: 0; padding-top: .6rem; }
.chart svg { width: 100%; height: 15rem; display: block; overflow: visible; }
.chart line { stroke: var(--line); vector-effect: non-scaling-stroke; }
.chart polyline { fill: none; stroke: var(--key); stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.chart .values { position: relative; }
.chart b { font-weight: 400; font-size: .8rem; color: var(--dim); font-variant-numeric: tabular-nums; }
.chart .values b { position: absolute; right: .5rem; transform: translateY(-50%); }
.chart .steps { grid-column: 2; display: flex; justify-content: space-between; }
.chart figcaption { grid-column: 2; color: var(--dim); font-size: .85rem; overflow-wrap: anywhere; min-width: 0; }
.key::before { content: ''; display: inline-block; width: 1.1rem; height: 3px; margin: 0 .35rem .2rem 0; background: var(--key); }
.attempt0 { --key: var(--s0); }
.attempt1 { --key: var(--s2); }
.attempt2 { --key: var(--s1); }
.attempt3 { --key: var(--s3); }
.shares { display: flex; height: 1.4rem; border-radius: 4px; overflow: hidden; }
.keys { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: 0; margin: .6rem 0; }
.keys i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; }
.stage0 { background: var(--s0); } .stage1 { background: var(--s1); } .stage2 { background: var(--s2); }
.stage3 { background: var(--s3); } .stage4 { background: var(--s4); } .stage5 { background: var(--s5); }
table { border-collapse: collapse; width: 100%; }
th { font-size: .8rem; color: var(--dim); font-weight: 600; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
.bars .bar { display: block; height: 1rem; }
.bars .bar i { display: block; height: 1rem; min-width: 2px; border-radius: 3px; background: var(--bar); }
.identity { margin: 0; display: grid; gap: .5rem; }
.identity div { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: .75rem; }
.identity dt { color: var(--dim); font-size: .85rem; overflow-wrap: anywhere; }
.identity dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.links { margin: 0; padding-left: 1.2rem; }
@media screen and (max-width: 40rem) {
  .lane { grid-template-columns: 1fr auto; gap: 0 .75rem; padding-bottom: .3rem; }
  .lane .track { grid-area: 2 / 1 / 3 / 3; }
  .bars .bar { grid-area: 2 / 1 / 3 / 3; }
  .identity div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  thead { display: none; }
  tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  td { display: flex; gap: .75rem; border: 0; padding: .1rem 0; overflow-wrap: anywhere; }
  td::before { content: attr(data-label); color: var(--dim); flex: 0 0 7rem; }
}
`;
