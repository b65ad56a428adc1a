--- mlprun.command.completion - `mlprun completion bash|zsh`: what makes a shell complete the commands, their options, scripts
--- and folders. The options of a script come from its own --help.
local texts = require "mlprun.command.texts"

local function names()
  local list = {}
  for _, c in ipairs(texts.commands) do list[#list + 1] = c.name end
  return table.concat(list, " ")
end

-- The words behind each command, as cases.
local WORDS = { data = "fetch inspect", shell = "bash zsh" }

local function bash()
  local cases = {}
  for _, c in ipairs(texts.commands) do
    local options = table.concat(c.options or {}, "= ") .. (c.options and "=" or "")
    local words = WORDS[c.takes]
    local files = c.takes == "script" and "script" or (c.takes == "folder" or c.takes == "data") and "folder" or ""
    cases[#cases + 1] = ("        %s) words='%s %s --help' files='%s' ;;"):format(c.name, words or "", options, files)
  end
  return ([==[
# bash completion of mlprun; made by `mlprun completion bash`
_mlprun() {
    local current=${COMP_WORDS[COMP_CWORD]} first=${COMP_WORDS[1]} words='' files=''
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='@NAMES@ -i -e -q --help --version' files=script
    else
        case $first in
@CASES@
        -i) files=script ;;
        *.lua) words=$("${COMP_WORDS[0]}" "$first" --help 2>/dev/null | sed -n 's/^  \(--[a-z_-]*=\{0,1\}\).*/\1/p') files=any ;;
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    local IFS=$'\n' name plain=${current#[\"\']} # names with spaces stay one word
    plain=${plain//\\/}
    case $files in
    script) files=$(compgen -f -X '!*.lua' -- "$plain"; compgen -d -S / -- "$plain") ;;
    folder) files=$(compgen -d -S / -- "$plain") ;;
    any) files=$(compgen -f -- "$plain") ;;
    *) files='' ;;
    esac
    for name in $files; do
        case $current in \"* | \'*) COMPREPLY+=("$name") ;; *) COMPREPLY+=("$(printf %q "$name")") ;; esac
    done
    case ${COMPREPLY[0]-} in *= | */) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _mlprun mlprun ./mlprun
]==]):gsub("@(%u+)@", { NAMES = names(), CASES = table.concat(cases, "\n") })
end

local function zsh()
  local lines = {}
  for _, c in ipairs(texts.commands) do lines[#lines + 1] = ("        '%s:%s'"):format(c.name, c.about:gsub("'", "")) end
  return ([==[
#compdef mlprun
# zsh completion of mlprun; made by `mlprun completion zsh`
_mlprun() {
    local -a commands options
    commands=(
@LINES@
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        _files -g '*.lua(-.)'
    elif [[ ${(Q)words[2]} == *.lua ]]; then
        if compset -P '--*='; then _files; return; fi
        options=(${(f)"$($words[1] ${(Q)words[2]} --help 2>/dev/null | sed -n 's/^  \(--[a-z_-]*=\{0,1\}\).*/\1/p')"})
        compadd -S '' -- $options
        _files
    else
        case $words[2] in
        data) compadd fetch inspect; _files -/ ;;
        completion) compadd bash zsh ;;
        check | -i) _files -g '*.lua(-.)' ;;
        runs) compadd -S '' -- --sort= --where= --format=; _files -/ ;;
        *) _files -/ ;;
        esac
    fi
}
if [ "$funcstack[1]" = _mlprun ]; then _mlprun "$@"; else compdef _mlprun mlprun ./mlprun; fi
]==]):gsub("@(%u+)@", { LINES = table.concat(lines, "\n") })
end

return function(wrong, shell)
  if shell == "bash" then io.stdout:write((bash()))
  elseif shell == "zsh" then io.stdout:write((zsh()))
  else return wrong("completion", ("'%s' is no shell that is known: bash or zsh"):format(tostring(shell or ""))) end
  return 0
end
