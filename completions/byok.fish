# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_byok_global_optspecs
    string join \n config= registry= module= token= pin-source= json dry-run yes no-wait lock-timeout= q/quiet v/verbose h/help V/version
end

function __fish_byok_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_byok_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_byok_using_subcommand
    set -l cmd (__fish_byok_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c byok -n "__fish_byok_needs_command" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_needs_command" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_needs_command" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_needs_command" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_needs_command" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_needs_command" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_needs_command" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_needs_command" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_needs_command" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_needs_command" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_needs_command" -s q -l quiet -d 'Print data and errors only'
complete -c byok -n "__fish_byok_needs_command" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_needs_command" -s V -l version -d 'Print version'
complete -c byok -n "__fish_byok_needs_command" -f -a "providers" -d 'Show what each provider takes, with source and date'
complete -c byok -n "__fish_byok_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c byok -n "__fish_byok_needs_command" -f -a "man" -d 'Print the manual page of a command, or write all pages into a folder'
complete -c byok -n "__fish_byok_needs_command" -f -a "explain" -d 'Say what an error code means, why it happens, and the way out'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -s q -l quiet -d 'Print data and errors only'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -f -a "list" -d 'List the providers'
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -f -a "show" -d 'Show the key types, methods and algorithms that one provider takes'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data and errors only'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print data and errors only'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand completions" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand completions" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand completions" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand completions" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand completions" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand completions" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand completions" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand completions" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand completions" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand completions" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand completions" -s q -l quiet -d 'Print data and errors only'
complete -c byok -n "__fish_byok_using_subcommand completions" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand man" -l out -d 'Write every page into this folder, as byok.1, byok-generate.1 and so on' -r -F
complete -c byok -n "__fish_byok_using_subcommand man" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand man" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand man" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand man" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand man" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand man" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand man" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand man" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand man" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand man" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand man" -s q -l quiet -d 'Print data and errors only'
complete -c byok -n "__fish_byok_using_subcommand man" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand explain" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand explain" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand explain" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand explain" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand explain" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand explain" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand explain" -l markdown -d 'Print the whole table as Markdown, as in docs/errors.md'
complete -c byok -n "__fish_byok_using_subcommand explain" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand explain" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand explain" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand explain" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand explain" -s q -l quiet -d 'Print data and errors only'
complete -c byok -n "__fish_byok_using_subcommand explain" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
