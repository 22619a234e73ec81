
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
            [CompletionResult]::new('providers', 'providers', [CompletionResultType]::ParameterValue, 'Show what each provider takes, with source and date')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of a command, or write all pages into a folder')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say what an error code means, why it happens, and the way out')
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
