/** Shells whose completion we can serve. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What `__complete` prints in place of words where the shell shall offer files. */
export const OFFER_FILES = ':files';

/** The completion of each shell: it asks the command itself, so that runs, models and new options are known to it. */
export const SHELL_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# lockstep: add \`source <(lockstep completion bash)\` to ~/.bashrc
_lockstep() {
  local IFS=$'\\n'
  local found
  found=($(lockstep __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ "\${found[0]}" == '${OFFER_FILES}' ]]; then
    compopt -o default
    COMPREPLY=()
  else
    COMPREPLY=("\${found[@]}")
  fi
}
complete -F _lockstep lockstep
`,
  zsh: `#compdef lockstep
# lockstep: add \`source <(lockstep completion zsh)\` to ~/.zshrc, after compinit
_lockstep() {
  local -a found
  found=(\${(f)"$(lockstep __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ "\${found[1]}" == '${OFFER_FILES}' ]]; then
    _files
  else
    compadd -- "\${found[@]}"
  fi
}
compdef _lockstep lockstep
`,
  fish: `# lockstep: put this into ~/.config/fish/completions/lockstep.fish
function __lockstep_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l found (lockstep __complete -- $before[2..-1] "$current" 2>/dev/null)
  if test "$found[1]" = '${OFFER_FILES}'
    __fish_complete_path "$current"
  else
    printf '%s\\n' $found
  end
end
complete -c lockstep -f -a '(__lockstep_complete)'
`,
};
