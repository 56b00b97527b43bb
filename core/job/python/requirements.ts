/** What pip takes from the disk for a line of a requirements file or an argument. */
export interface RequirementPlaces {
  /** Further requirements and constraints files, relative to the file itself. */
  readonly files: readonly string[];
  /** Wheels, archives and folders, relative to the folder that pip runs in. */
  readonly paths: readonly string[];
}

/**
 * The places that a requirements file names: `-r` and `-c`, wheels and archives, folders (`-e`, `--find-links`). What is
 * behind a URL or on an index is none. As pip has it, ` #` begins a comment and a backslash at the end joins lines.
 */
export function requirementPlaces(text: string): RequirementPlaces {
  const [files, paths]: [string[], string[]] = [[], []];
  for (const line of text.replaceAll(/\\\r?\n/g, '').split(/\r?\n/)) {
    const said = line.replace(/(^|\s)#.*$/, '').trim();
    const [, option, value = ''] =
      /^(-r|--requirement|-c|--constraint|-e|--editable|-f|--find-links)(?:\s+|=)?(.+)$/.exec(said) ?? [];
    if (option === undefined) paths.push(...localPlace(said));
    else if (/^(-r|--requirement|-c|--constraint)$/.test(option)) files.push(...withoutUrls(value));
    else paths.push(...withoutUrls(value.replace(/\[[^\]]*\]$/, '')));
  }
  return { files, paths };
}

/** The path of a requirement that is one: `./x`, `/x`, `name @ ./x` and names of wheels and archives. */
export function localPlace(requirement: string): readonly string[] {
  const [, named] = /^[\w.-]+(?:\[[^\]]*\])?\s*@\s*(.+)$/.exec(requirement) ?? [];
  const place = (named ?? requirement).replace(/^file:(\/\/)?(?=[^/]|\/)/, '').replace(/\s*;.*$/, '');
  const path = place.replace(/\[[^\]]*\]$/, '').split(/\s+--/)[0] ?? '';
  const isPath = /^(\.{1,2}(\/|$)|\/)/.test(path) || /\.(whl|tar\.gz|tgz|zip|tar\.bz2)$/.test(path);
  return isPath ? withoutUrls(path) : [];
}

const withoutUrls = (place: string): readonly string[] => (/^[a-z+]+:\/\//.test(place) ? [] : [place.trim()]);
