
# Files after a command, captures first; names of fields and limits where they are asked for.
_mmsmate_list() {
    local before="" last="$cur"
    if [[ $cur == *,* ]]; then
        before="${cur%,*},"
        last="${cur##*,}"
    fi
    local sign=""
    if [[ $last == -* ]]; then
        sign="-"
        last="${last#-}"
    fi
    COMPREPLY=($(compgen -P "$before$sign" -W "$1" -- "$last"))
    compopt -o nospace 2>/dev/null
}

_mmsmate_files() {
    local captures
    captures=$(compgen -f -- "$cur" | grep -E '\.(pcap|pcapng|cap|ntar|dmp)(\.(gz|zst|lz4))?$')
    local IFS=$'\n'
    if [[ -n $captures ]]; then
        COMPREPLY+=($captures $(compgen -d -- "$cur"))
    else
        COMPREPLY+=($(compgen -f -- "$cur"))
    fi
    compopt -o filenames 2>/dev/null
}

_mmsmate_with_values() {
    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"
    COMPREPLY=()
    case "$prev" in
        --fields | --sort | --by)
            _mmsmate_list "@FIELDS@"
            return 0
            ;;
        --filter)
            COMPREPLY=($(compgen -W "@FIELDS@" -- "$cur"))
            compopt -o nospace 2>/dev/null
            return 0
            ;;
        --limit)
            COMPREPLY=($(compgen -S = -W "@LIMITS@" -- "$cur"))
            compopt -o nospace 2>/dev/null
            return 0
            ;;
    esac
    case "${COMP_WORDS[1]}" in
        completions | help | man | schema | version) _mmsmate "$@" && return 0 ;;
    esac
    if [[ $COMP_CWORD -gt 1 && $cur != -* && $prev != -* ]]; then
        _mmsmate_files
        return 0
    fi
    _mmsmate "$@"
    # A capture may stand first, and behind an option without a value.
    if [[ $cur != -* && ${#COMPREPLY[@]} -eq 0 ]]; then
        _mmsmate_files
    fi
    return 0
}

complete -F _mmsmate_with_values -o bashdefault -o default mmsmate
