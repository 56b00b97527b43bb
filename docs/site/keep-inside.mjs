/** A link to a file of the repository that is no page of the site: it leads out of docs/, or to a source in it. */
const PAGE = /^(?:[\w./-]+\.md|)(?:#.*)?$/;

/** True for an address that a page of the site has, seen from the page at `path` within docs/. */
const isOnSite = (href, path) => {
  if (/^[a-z]+:/.test(href)) return true;
  const depth = path.split('/').length - 1;
  const up = href.match(/\.\.\//g)?.length ?? 0;
  return up <= depth && PAGE.test(href);
};

/**
 * The pages link to sources, as they should in a repository. On the site such a link would lead nowhere, so that only its
 * text stays.
 */
export function keepInside(markdown) {
  markdown.core.ruler.push('keep-inside', ({ tokens, env }) => {
    for (const { children } of tokens) {
      const dropped = [];
      for (const token of children ?? []) {
        if (token.type === 'link_open') dropped.push(!isOnSite(token.attrGet('href'), env.relativePath));
        const isDropped = token.type === 'link_open' ? dropped.at(-1) : token.type === 'link_close' && dropped.pop();
        if (isDropped) Object.assign(token, { tag: 'span', attrs: null });
      }
    }
  });
}
