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
complete -c byok -n "__fish_byok_needs_command" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_needs_command" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_needs_command" -s V -l version -d 'Print version'
complete -c byok -n "__fish_byok_needs_command" -f -a "init" -d 'Set up a registry and its signing key'
complete -c byok -n "__fish_byok_needs_command" -f -a "hsm" -d 'Look at the token'
complete -c byok -n "__fish_byok_needs_command" -f -a "generate" -d 'Make a key version in the token'
complete -c byok -n "__fish_byok_needs_command" -f -a "import" -d 'Put an existing key into the token'
complete -c byok -n "__fish_byok_needs_command" -f -a "list" -d 'List the key versions of the registry'
complete -c byok -n "__fish_byok_needs_command" -f -a "show" -d 'Show a key version and its history'
complete -c byok -n "__fish_byok_needs_command" -f -a "status" -d 'Show what is due, what waits, and what is half done'
complete -c byok -n "__fish_byok_needs_command" -f -a "wrap-for-import" -d 'Wrap a key version for import into a provider'
complete -c byok -n "__fish_byok_needs_command" -f -a "confirm-import" -d 'Record where a key version was imported, and bring it into use'
complete -c byok -n "__fish_byok_needs_command" -f -a "rotate" -d 'Make new versions of keys, wrapped for their targets'
complete -c byok -n "__fish_byok_needs_command" -f -a "activate" -d 'Bring a key version into use, now or on a date'
complete -c byok -n "__fish_byok_needs_command" -f -a "suspend" -d 'Pause the use of a key version'
complete -c byok -n "__fish_byok_needs_command" -f -a "reinstate" -d 'Bring a suspended key version into use again'
complete -c byok -n "__fish_byok_needs_command" -f -a "seal" -d 'Make a key version impossible to take out of its token, for ever'
complete -c byok -n "__fish_byok_needs_command" -f -a "revoke" -d 'Take a key version out of use, stage by stage'
complete -c byok -n "__fish_byok_needs_command" -f -a "policy" -d 'Check, explain, test and adopt a policy'
complete -c byok -n "__fish_byok_needs_command" -f -a "plan" -d 'Write a command down as a plan, for others to approve'
complete -c byok -n "__fish_byok_needs_command" -f -a "approve" -d 'Approve a plan with your SSH key'
complete -c byok -n "__fish_byok_needs_command" -f -a "apply" -d 'Carry out a plan, once'
complete -c byok -n "__fish_byok_needs_command" -f -a "inspect" -d 'Say what a file is'
complete -c byok -n "__fish_byok_needs_command" -f -a "check" -d 'Find out what is wrong with key files before they are imported'
complete -c byok -n "__fish_byok_needs_command" -f -a "convert" -d 'Convert a key file to another form'
complete -c byok -n "__fish_byok_needs_command" -f -a "verify" -d 'Verify manifests, bundles, registries, logs and exports offline'
complete -c byok -n "__fish_byok_needs_command" -f -a "export-audit" -d 'Export the audit log'
complete -c byok -n "__fish_byok_needs_command" -f -a "recover" -d 'Finish, or undo, what interrupted runs left'
complete -c byok -n "__fish_byok_needs_command" -f -a "signer" -d 'Put a new evidence signer in the place of a lost one'
complete -c byok -n "__fish_byok_needs_command" -f -a "providers" -d 'Show what each provider takes, with source and date'
complete -c byok -n "__fish_byok_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c byok -n "__fish_byok_needs_command" -f -a "man" -d 'Print the manual page of a command, or write all pages into a folder'
complete -c byok -n "__fish_byok_needs_command" -f -a "explain" -d 'Say what the code of an error or a finding means, why it matters, and what to do'
complete -c byok -n "__fish_byok_using_subcommand init" -l signer-type -d 'The signing key\'s type: ec-p256, ec-p384, ed25519 or rsa-3072' -r
complete -c byok -n "__fish_byok_using_subcommand init" -l slot -d 'The slot for the new token [default: the only uninitialised one]' -r
complete -c byok -n "__fish_byok_using_subcommand init" -l so-pin-source -d 'Where the new security officer\'s PIN comes from' -r
complete -c byok -n "__fish_byok_using_subcommand init" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand init" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand init" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand init" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand init" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand init" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand init" -l create-token -d 'Make a new token with the label of --token first; asks, because an unreadable store looks like an empty one'
complete -c byok -n "__fish_byok_using_subcommand init" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand init" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand init" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand init" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand init" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand init" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand hsm; and not __fish_seen_subcommand_from probe" -f -a "probe" -d 'Find out what this token can really do'
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand hsm; and __fish_seen_subcommand_from probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand generate" -l type -d 'The key\'s type: aes-128, aes-192, aes-256, hmac-sha1 to hmac-sha512, rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521, ec-secp256k1, ed25519' -r
complete -c byok -n "__fish_byok_using_subcommand generate" -l purpose -d 'What the key does: encrypt, mac, sign or wrap [default: aes encrypt, hmac mac, all others sign]' -r
complete -c byok -n "__fish_byok_using_subcommand generate" -l owner -d 'Who answers for the key' -r
complete -c byok -n "__fish_byok_using_subcommand generate" -l attribute -d 'A free attribute; may be repeated' -r
complete -c byok -n "__fish_byok_using_subcommand generate" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand generate" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand generate" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand generate" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand generate" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand generate" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand generate" -l no-probe -d 'Refuse instead of probing the token when its profile is stale or missing'
complete -c byok -n "__fish_byok_using_subcommand generate" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand generate" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand generate" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand generate" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand generate" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand generate" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand import" -l purpose -d 'What the key does: encrypt, mac, sign or wrap [default: aes encrypt, hmac mac, all others sign]' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l owner -d 'Who answers for the key' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l attribute -d 'A free attribute; may be repeated' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l passphrase-source -d 'Where the passphrase of an encrypted file comes from: `env:NAME`, `file:PATH`, `fd:N` or `prompt`' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l part -d 'Which part of the file, as `inspect` numbers them, when it holds several keys' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l from -d 'What the file is, when its bytes leave a doubt: `raw`, `hex`, `base64`, `pem`, `der`, `jwk` or `pkcs12`; for a wrapped key the method, as `rsa-oaep-sha256`' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l type -d 'The type of the key, when the file does not say: `aes-256`, `hmac-sha256`, `ec-p256` and so on' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l unwrapping-key -d 'FILE was wrapped by somebody else for the public half of this key of the registry; the token unwraps it' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l public-key -d 'The public half of the wrapped pair, for tokens that do not show it: PEM or DER' -r -F
complete -c byok -n "__fish_byok_using_subcommand import" -l method -d 'How FILE was wrapped: rsa-oaep-sha1, -sha256, -sha512, rsa-aes-sha1, -sha256, ...' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand import" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand import" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand import" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand import" -l no-probe -d 'Refuse instead of probing the token when its profile is stale or missing'
complete -c byok -n "__fish_byok_using_subcommand import" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand import" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand import" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand import" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand import" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand import" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand list" -l state -d 'In this state; may be repeated, for one of several' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l provider -d 'Wrapped for this provider' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l older-than -d 'Made longer ago than this ISO 8601 period: P90D, P1Y' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l owner -d 'Of this owner' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l attribute -d 'With this attribute; may be repeated, for all of several' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l exposure -d 'With this worst exposure: none, ephemeral-kek or plaintext' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand list" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand list" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand list" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand list" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand list" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand list" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand list" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand list" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand list" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand show" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand show" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand show" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand show" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand show" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand show" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand show" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand show" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand show" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand show" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand show" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand show" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand status" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand status" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand status" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand status" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand status" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand status" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand status" -l due -d 'Only what is due now; exit code 10 when there is anything'
complete -c byok -n "__fish_byok_using_subcommand status" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand status" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand status" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand status" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand status" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand status" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l provider -d 'The provider; `byok providers list` shows all' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l wrapping-key -d 'What the provider handed out, as it is: JSON answer, PEM, DER, base64 or certificate; - for standard input' -r -F
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l out -d 'The folder to make' -r -F
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l method -d 'The wrap method, in byok\'s spelling or the provider\'s [default: least exposure, then the strongest hash]' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l algorithm -d 'The provider\'s algorithm or key spec [default: by type and purpose]' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l target -d 'The key\'s name on the provider\'s side' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l mount -d 'The mount of the transit engine (`OpenBao`, Vault)' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l kid -d 'The URL of the Azure KEK with its version, when the file does not name it' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l import-job -d 'The Google import job\'s full name, when the file does not name it' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l import-token -d 'The AWS import token, when it is in a file of its own' -r -F
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l valid-to -d 'When AWS is to delete the imported key material, as 2027-01-01T00:00:00Z (RFC 3339) [default: never]' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l wrapping-key-sha256 -d 'The SHA-256 that the wrapping key must have (DER `SubjectPublicKeyInfo`, hexadecimal)' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l allow-exposure -d 'Consent, for this operation, to what this host may see: ephemeral-kek or plaintext' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l no-probe -d 'Refuse instead of probing the token when its profile is stale or missing'
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand wrap-for-import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l provider -d 'The provider' -r
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l evidence -d 'What the provider answered, as it is: describe-key and get-public-key (AWS), keyvault key show (Azure), versions describe and get-public-key (Google), read transit/keys/NAME (`OpenBao`); may be repeated; - for standard input' -r -F
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l target-id -d 'The target of byok.yaml at which the provider was asked; needed where several have a key to which the answer fits' -r
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand confirm-import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l where -d 'Those of them that meet every condition: name (a pattern), type, purpose, owner, state, attribute.NAME, target' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l continue -d 'Go on with the run that is open: with that one whose id begins so, else the oldest that may go on' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l rollback -d 'Give the newest version of this key up: the one before it is current again. Says the way back at each provider; with --out DIR, a new folder, writes the commands' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l mark-rewrapped -d 'Record that data keys under this replaced version were encrypted anew' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l wrapping-keys -d 'The folder with the providers\' answers: DIR/NAME/TARGET.json, else DIR/TARGET.json' -r -F
complete -c byok -n "__fish_byok_using_subcommand rotate" -l out -d 'The folder for the bundles: DIR/NAME@N/TARGET' -r -F
complete -c byok -n "__fish_byok_using_subcommand rotate" -l wrapping-key-sha256 -d 'A SHA-256 that a wrapping key may have (DER `SubjectPublicKeyInfo`, hexadecimal); repeat it for each. No other wrapping key is used' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l canary -d 'The first N keys, by name, go first; the rest waits for --continue after they are in use' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l allow-exposure -d 'Consent, for this operation, to what this host may see: ephemeral-kek or plaintext' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l sessions -d 'Use so many sessions with the token, at most 64 [default: measured while keys are made]' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l rate -d 'Begin at most so many keys a second, for an HSM that others need too' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l objects -d 'How many data keys were encrypted anew' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l remaining -d 'How many are left under the version; the backlog ends with 0, and with nothing else' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l by -d 'Who says so [default: your login name]' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand rotate" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand rotate" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand rotate" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand rotate" -l all -d 'Every key that is or was in use'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l due -d 'The keys whose rotation is due by the policy, and those for which an earlier rotation still owes a wrap'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l again -d 'Make a new version whatever the newest one still owes to targets, as when others may know it'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l abandon -d 'With --continue: end the run that is open. What it made stays as it is'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l no-probe -d 'Refuse instead of probing the token when its profile is stale or missing'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand rotate" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand rotate" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand rotate" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand activate" -l at -d 'When it comes into use, as 2027-01-01T00:00:00Z (RFC 3339) [default: now]' -r
complete -c byok -n "__fish_byok_using_subcommand activate" -l protect-stop -d 'When it stops protecting new data, and is deactivated' -r
complete -c byok -n "__fish_byok_using_subcommand activate" -l process-stop -d 'When it stops processing old data' -r
complete -c byok -n "__fish_byok_using_subcommand activate" -l destroy-at -d 'When it is to be destroyed; byok does not do it by itself' -r
complete -c byok -n "__fish_byok_using_subcommand activate" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand activate" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand activate" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand activate" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand activate" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand activate" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand activate" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand activate" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand activate" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand activate" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand activate" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand activate" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand activate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand suspend" -l reason -d 'Why: unspecified, key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation or privilege-withdrawn (the list of KMIP)' -r
complete -c byok -n "__fish_byok_using_subcommand suspend" -l message -d 'More about it, for the manifest' -r
complete -c byok -n "__fish_byok_using_subcommand suspend" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand suspend" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand suspend" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand suspend" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand suspend" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand suspend" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand suspend" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand suspend" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand suspend" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand suspend" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand suspend" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand suspend" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand suspend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand reinstate" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand reinstate" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand reinstate" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand reinstate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand seal" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand seal" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand seal" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand seal" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand seal" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand seal" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand seal" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand seal" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand seal" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand seal" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand seal" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand seal" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand seal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand revoke" -l reason -d 'Why: unspecified, key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation or privilege-withdrawn (the list of KMIP)' -r
complete -c byok -n "__fish_byok_using_subcommand revoke" -l message -d 'More about it, for the manifest' -r
complete -c byok -n "__fish_byok_using_subcommand revoke" -l stage -d 'suspend, deactivate, compromise or destroy' -r
complete -c byok -n "__fish_byok_using_subcommand revoke" -l out -d 'Folder to make for the providers\' commands, one revoke-STAGE.sh for each place; with --compromised the file to write the proposal to' -r -F
complete -c byok -n "__fish_byok_using_subcommand revoke" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand revoke" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand revoke" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand revoke" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand revoke" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand revoke" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand revoke" -l break-glass -d 'Skip the waiting times, a stage before, and what still depends on the key; needs --message, and an approved plan with two people'
complete -c byok -n "__fish_byok_using_subcommand revoke" -l absent -d 'The key is gone from the token, and byok did not take it out. Records the stage, and that the token was asked and did not find it; nothing is read. With --stage destroy nothing is said that destroys what providers have of it'
complete -c byok -n "__fish_byok_using_subcommand revoke" -l compromised -d 'Propose what to do when others may know the key: rotate, wrap again, revoke, report. Changes nothing'
complete -c byok -n "__fish_byok_using_subcommand revoke" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand revoke" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand revoke" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand revoke" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand revoke" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand revoke" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -f -a "adopt" -d 'Put a policy and its allowed signers in force'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -f -a "check" -d 'Find the mistakes of a policy'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -f -a "explain" -d 'Say which rule of the policy decides what for a key'
complete -c byok -n "__fish_byok_using_subcommand policy; and not __fish_seen_subcommand_from adopt check explain test" -f -a "test" -d 'Run the examples that stand beside the rules of a policy'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l policy -d 'The policy' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l allowed-signers -d 'Who may approve, and with which keys: the file that `ssh-keygen -Y verify` reads' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from adopt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l type -d 'The type of a key that is not there yet' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l purpose -d 'What the key does: encrypt, mac, sign or wrap [default: aes encrypt, hmac mac, all others sign]' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l owner -d 'Who answers for the key' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l attribute -d 'A free attribute; may be repeated' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l operation -d 'This operation only; may be repeated [default: every operation on keys]' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l classification -d 'What this classification demands' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l policy -d 'The policy [default: the adopted one, or the one of byok.yaml]' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand policy; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l out -d 'The plan to write; with a command that has an --out of its own, the last one' -r -F
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l expires -d 'How long the plan is good for, as PT8H or P3D; at most 30 days [default: PT72H]' -r
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l author -d 'Who makes the plan, by the name in the policy [default: whose login name it is]' -r
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand plan; and not __fish_seen_subcommand_from show" -f -a "show" -d 'Show a plan, from its bytes alone'
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l approval -d 'An approval beside those in the registry: PERSON.sshsig; may be repeated' -r -F
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand plan; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand approve" -l key -d 'Your key: a private key, or a public key whose private half ssh-agent has' -r -F
complete -c byok -n "__fish_byok_using_subcommand approve" -l signature -d 'A signature that `ssh-keygen -Y sign` made of the same file' -r -F
complete -c byok -n "__fish_byok_using_subcommand approve" -l as -d 'Your name in the allowed signers; needed when the key has several' -r
complete -c byok -n "__fish_byok_using_subcommand approve" -l out -d 'Write the signature to this new file instead of the registry' -r -F
complete -c byok -n "__fish_byok_using_subcommand approve" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand approve" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand approve" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand approve" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand approve" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand approve" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand approve" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand approve" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand approve" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand approve" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand approve" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand approve" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand apply" -l approval -d 'An approval beside those in the registry: PERSON.sshsig; may be repeated' -r -F
complete -c byok -n "__fish_byok_using_subcommand apply" -l passphrase-source -d 'Where the passphrase of an encrypted key file comes from: `env:NAME`, `file:PATH`, `fd:N` or `prompt`' -r
complete -c byok -n "__fish_byok_using_subcommand apply" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand apply" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand apply" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand apply" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand apply" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand apply" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand apply" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand apply" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand apply" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand apply" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand apply" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand apply" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand inspect" -l from -d 'What the file is, when its bytes leave a doubt: raw, hex, base64, pem, der, jwk, pkcs12 or wrapped' -r
complete -c byok -n "__fish_byok_using_subcommand inspect" -l type -d 'The type of the key, when the file does not say: aes-256, hmac-sha256, ec-p256 and so on' -r
complete -c byok -n "__fish_byok_using_subcommand inspect" -l passphrase-source -d 'Look inside an encrypted file, with the passphrase from here: `env:NAME`, `file:PATH`, `fd:N` or `prompt`' -r
complete -c byok -n "__fish_byok_using_subcommand inspect" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand inspect" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand inspect" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand inspect" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand inspect" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand inspect" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand inspect" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand inspect" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand inspect" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand inspect" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand inspect" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand inspect" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand check" -l provider -d 'The provider that is to get the key; `byok providers list` shows all' -r
complete -c byok -n "__fish_byok_using_subcommand check" -l wrapping-key -d 'The wrapping key that the provider handed out, checked too, against the keys that it is to carry' -r -F
complete -c byok -n "__fish_byok_using_subcommand check" -l type -d 'The type that the key is meant to have, as byok or the provider spells it: `aes-256`, `RSA_3072`' -r
complete -c byok -n "__fish_byok_using_subcommand check" -l from -d 'What the files are, when their bytes leave a doubt: `raw`, `hex`, `base64`, `pem`, `der`, `jwk` or `pkcs12`' -r
complete -c byok -n "__fish_byok_using_subcommand check" -l passphrase-source -d 'Where the passphrase of encrypted files comes from: `env:NAME`, `file:PATH`, `fd:N` or `prompt`; one for all' -r
complete -c byok -n "__fish_byok_using_subcommand check" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand check" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand check" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand check" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand check" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand check" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand check" -l strict -d 'Exit code 7 for warnings too'
complete -c byok -n "__fish_byok_using_subcommand check" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand check" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand check" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand check" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand check" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand check" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand convert" -l to -d 'The new form: `pkcs8`, `encrypted-pkcs8`, `pkcs1`, `sec1`, `spki`, `jwk`, `raw` or `pkcs12`; or only another encoding of the same: `pem`, `der`, `base64` or `hex`; or a `bundle` for a provider' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l out -d 'The new file, or the folder of a bundle, which must not exist' -r -F
complete -c byok -n "__fish_byok_using_subcommand convert" -l encoding -d 'How the new form is encoded: `pem`, `der`, `base64` or `hex` [default: pem where there is one]' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l passphrase-source -d 'Where the passphrase of an encrypted file comes from: `env:NAME`, `file:PATH`, `fd:N` or `prompt`' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l part -d 'Which part of the file, as `inspect` numbers them, when it holds several keys' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l from -d 'What the file is, when its bytes leave a doubt: `raw`, `hex`, `base64`, `pem`, `der`, `jwk` or `pkcs12`; for a wrapped key the method, as `rsa-oaep-sha256`' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l type -d 'The type of the key, when the file does not say: `aes-256`, `hmac-sha256`, `ec-p256` and so on' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l new-passphrase-source -d 'Where the passphrase of the new file comes from [default: the one of the old file, else a question]' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l allow-exposure -d 'Consent, for this operation: `plaintext` for a key in the clear on standard output, for a bundle of a key file, and for a wrapped key that is opened' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l unwrapping-key -d 'The private key that opens it: `file:PATH`, or `token:NAME[@N]` for an RSA key in the token' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l unwrapping-passphrase-source -d 'Where the passphrase of that private key file comes from' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l provider -d 'The provider; `byok providers list` shows all' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l wrapping-key -d 'What the provider handed out, as it is: JSON answer, PEM, DER, base64 or certificate' -r -F
complete -c byok -n "__fish_byok_using_subcommand convert" -l method -d 'The wrap method, in byok\'s spelling or the provider\'s [default: what the provider prefers]' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l algorithm -d 'The provider\'s algorithm or key spec [default: by type and purpose]' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l purpose -d 'For what the provider is to take the key: encrypt, mac, sign or wrap [default: by type]' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l target -d 'The key\'s name on the provider\'s side [default: the file\'s name, where that will do]' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l mount -d 'The mount of the transit engine (`OpenBao`, Vault)' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l kid -d 'The URL of the Azure KEK with its version, when the file does not name it' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l import-job -d 'The Google import job\'s full name, when the file does not name it' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l import-token -d 'The AWS import token, when it is in a file of its own' -r -F
complete -c byok -n "__fish_byok_using_subcommand convert" -l valid-to -d 'When AWS is to delete the imported key material (RFC 3339) [default: never]' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l wrapping-key-sha256 -d 'The SHA-256 that the wrapping key must have (DER `SubjectPublicKeyInfo`, hexadecimal)' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand convert" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand convert" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand convert" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand convert" -l unencrypted -d 'Write the private key without a passphrase, although it had one'
complete -c byok -n "__fish_byok_using_subcommand convert" -l drop-attributes -d 'Leave out what the new form cannot hold: names, attributes, certificates'
complete -c byok -n "__fish_byok_using_subcommand convert" -l stdout -d 'Write to standard output, which must not be a terminal'
complete -c byok -n "__fish_byok_using_subcommand convert" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand convert" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand convert" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand convert" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand convert" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand convert" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand convert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand verify" -l trust -d 'PEM public keys of evidence signers, or a trust document' -r -F
complete -c byok -n "__fish_byok_using_subcommand verify" -l since -d 'A checkpoint that was kept elsewhere: shows whether a log was cut back or exchanged since' -r -F
complete -c byok -n "__fish_byok_using_subcommand verify" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand verify" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand verify" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand verify" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand verify" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand verify" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand verify" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand verify" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand verify" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand verify" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand verify" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand verify" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l format -d 'The format: jsonl or csv' -r
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l since -d 'The first moment to export: RFC 3339, or a date (midnight UTC)' -r
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l until -d 'The first moment not to export any more' -r
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l out -d 'The file to make [default: standard output]' -r -F
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand export-audit" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand export-audit" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand export-audit" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand export-audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand recover" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand recover" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand recover" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand recover" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand recover" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand recover" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand recover" -l undo -d 'Take away what no manifest records yet, instead of taking it over; asks first'
complete -c byok -n "__fish_byok_using_subcommand recover" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand recover" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand recover" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand recover" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand recover" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand recover" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand recover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand signer; and not __fish_seen_subcommand_from replace" -f -a "replace" -d 'Replace a lost evidence signer, with the approvals that the policy asks for'
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l out -d 'Make the new key, and write the statement to this new file' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l statement -d 'Carry out this statement' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l approval -d 'An approval, `PERSON.sshsig`, besides those in the registry; may be repeated' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l signer-type -d 'The new signing key\'s type: ec-p256, ec-p384, ed25519 or rsa-3072' -r
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand signer; and __fish_seen_subcommand_from replace" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c byok -n "__fish_byok_using_subcommand providers; and not __fish_seen_subcommand_from list show" -s q -l quiet -d 'Print data, warnings and errors only'
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
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print data, warnings and errors only'
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
complete -c byok -n "__fish_byok_using_subcommand providers; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print data, warnings and errors only'
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
complete -c byok -n "__fish_byok_using_subcommand completions" -s q -l quiet -d 'Print data, warnings and errors only'
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
complete -c byok -n "__fish_byok_using_subcommand man" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand man" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c byok -n "__fish_byok_using_subcommand explain" -l config -d 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]' -r -F
complete -c byok -n "__fish_byok_using_subcommand explain" -l registry -d 'The registry\'s folder' -r -F
complete -c byok -n "__fish_byok_using_subcommand explain" -l module -d 'The PKCS#11 module, an absolute path' -r -F
complete -c byok -n "__fish_byok_using_subcommand explain" -l token -d 'The token\'s label; exactly one token must have it' -r
complete -c byok -n "__fish_byok_using_subcommand explain" -l pin-source -d 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`' -r
complete -c byok -n "__fish_byok_using_subcommand explain" -l lock-timeout -d 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]' -r
complete -c byok -n "__fish_byok_using_subcommand explain" -l markdown -d 'Print the whole table as Markdown, as in docs/codes.md'
complete -c byok -n "__fish_byok_using_subcommand explain" -l json -d 'Print one JSON document with a schema field instead of text'
complete -c byok -n "__fish_byok_using_subcommand explain" -l dry-run -d 'Plan, say what would be done, and touch nothing'
complete -c byok -n "__fish_byok_using_subcommand explain" -l yes -d 'Answer every question with yes'
complete -c byok -n "__fish_byok_using_subcommand explain" -l no-wait -d 'Fail at once when another byok holds the lock'
complete -c byok -n "__fish_byok_using_subcommand explain" -s q -l quiet -d 'Print data, warnings and errors only'
complete -c byok -n "__fish_byok_using_subcommand explain" -s v -l verbose -d 'Say more; twice for still more'
complete -c byok -n "__fish_byok_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
