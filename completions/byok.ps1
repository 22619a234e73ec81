
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'byok' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'byok'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'byok' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Set up a registry and its signing key')
            [CompletionResult]::new('hsm', 'hsm', [CompletionResultType]::ParameterValue, 'Look at the token')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Make a key version in the token')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the key versions of the registry')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a key version and its history')
            [CompletionResult]::new('wrap-for-import', 'wrap-for-import', [CompletionResultType]::ParameterValue, 'Wrap a key version for import into a provider')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Finish, or undo, what interrupted runs left')
            [CompletionResult]::new('providers', 'providers', [CompletionResultType]::ParameterValue, 'Show what each provider takes, with source and date')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of a command, or write all pages into a folder')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say what an error code means, why it happens, and the way out')
            break
        }
        'byok;init' {
            [CompletionResult]::new('--signer-type', '--signer-type', [CompletionResultType]::ParameterName, 'The signing key''s type: ec-p256, ec-p384, ed25519 or rsa-3072')
            [CompletionResult]::new('--slot', '--slot', [CompletionResultType]::ParameterName, 'The slot for the new token [default: the only uninitialised one]')
            [CompletionResult]::new('--so-pin-source', '--so-pin-source', [CompletionResultType]::ParameterName, 'Where the new security officer''s PIN comes from')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--create-token', '--create-token', [CompletionResultType]::ParameterName, 'Make a new token with the label of --token first; asks, because an unreadable store looks like an empty one')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;hsm' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Find out what this token can really do')
            break
        }
        'byok;hsm;probe' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;generate' {
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'The key''s type: aes-128, aes-192, aes-256, hmac-sha1 to hmac-sha512, rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521, ec-secp256k1, ed25519')
            [CompletionResult]::new('--purpose', '--purpose', [CompletionResultType]::ParameterName, 'What the key does: encrypt, mac, sign or wrap [default: aes encrypt, hmac mac, all others sign]')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'Who answers for the key')
            [CompletionResult]::new('--attribute', '--attribute', [CompletionResultType]::ParameterName, 'A free attribute; may be repeated')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--no-probe', '--no-probe', [CompletionResultType]::ParameterName, 'Refuse instead of probing the token when its profile is stale or missing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;list' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;show' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;wrap-for-import' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider; `byok providers list` shows all')
            [CompletionResult]::new('--wrapping-key', '--wrapping-key', [CompletionResultType]::ParameterName, 'What the provider handed out, as it is: JSON answer, PEM, DER, base64 or certificate; - for standard input')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'The folder to make')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'The wrap method, in byok''s spelling or the provider''s [default: least exposure, then the strongest hash]')
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'The provider''s algorithm or key spec [default: by type and purpose]')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'The key''s name on the provider''s side')
            [CompletionResult]::new('--mount', '--mount', [CompletionResultType]::ParameterName, 'The mount of the transit engine (`OpenBao`, Vault)')
            [CompletionResult]::new('--wrapping-key-sha256', '--wrapping-key-sha256', [CompletionResultType]::ParameterName, 'The SHA-256 that the wrapping key must have (DER `SubjectPublicKeyInfo`, hexadecimal)')
            [CompletionResult]::new('--allow-exposure', '--allow-exposure', [CompletionResultType]::ParameterName, 'Consent, for this operation, to what this host may see: ephemeral-kek or plaintext')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--no-probe', '--no-probe', [CompletionResultType]::ParameterName, 'Refuse instead of probing the token when its profile is stale or missing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;recover' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--undo', '--undo', [CompletionResultType]::ParameterName, 'Take away what no manifest records yet, instead of taking it over; asks first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;providers' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the providers')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the key types, methods and algorithms that one provider takes')
            break
        }
        'byok;providers;list' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;providers;show' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;completions' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;man' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write every page into this folder, as byok.1, byok-generate.1 and so on')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'byok;explain' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]')
            [CompletionResult]::new('--registry', '--registry', [CompletionResultType]::ParameterName, 'The registry''s folder')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'The PKCS#11 module, an absolute path')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'The token''s label; exactly one token must have it')
            [CompletionResult]::new('--pin-source', '--pin-source', [CompletionResultType]::ParameterName, 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`')
            [CompletionResult]::new('--lock-timeout', '--lock-timeout', [CompletionResultType]::ParameterName, 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]')
            [CompletionResult]::new('--markdown', '--markdown', [CompletionResultType]::ParameterName, 'Print the whole table as Markdown, as in docs/errors.md')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document with a schema field instead of text')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Plan, say what would be done, and touch nothing')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer every question with yes')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Fail at once when another byok holds the lock')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print data and errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
