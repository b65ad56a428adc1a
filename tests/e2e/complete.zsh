# complete.zsh COMPLETION FOLDER LINE... - types each line and Tab in a zsh on a terminal of its own, which has read the file
# COMPLETION, and prints the line as it stands then. Ends with 9 where zsh has no terminals to give.
zmodload zsh/zpty || exit 9

# What the terminal shows until a text comes, for ten seconds at most.
hear() {
    local shown='' part
    repeat 200; do
        while zpty -rt t part 2>/dev/null; do shown+=$part; done
        [[ $shown == *$1* ]] && break
        sleep 0.05
    done
    print -r -- $shown
}

zpty -b t "TERM=xterm COLUMNS=200 zsh -f"
zpty -w t "PS1='%% '; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u; source ${(q)1}; cd ${(q)2}; echo be''gun"
hear begun >/dev/null
zpty -w t 'show() { print -r -- "<<$BUFFER>>"; }; zle -N show; bindkey "^X^X" show; echo rea''dy'
hear ready >/dev/null
for line in "${@[3,-1]}"; do
    zpty -w -n t "$line"$'\t'
    zpty -w -n t $'\030\030' # runs show
    shown=$(hear '>>')
    print -r -- ${${shown##*'<<'}%%'>>'*}
    zpty -w -n t $'\025' # clears the line
done
zpty -d t
