
use builtin;
use str;

set edit:completion:arg-completer[byok] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'byok'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'byok'= {
            cand --config 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]'
            cand --registry 'The registry''s folder'
            cand --module 'The PKCS#11 module, an absolute path'
            cand --token 'The token''s label; exactly one token must have it'
            cand --pin-source 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`'
            cand --lock-timeout 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]'
            cand --json 'Print one JSON document with a schema field instead of text'
            cand --dry-run 'Plan, say what would be done, and touch nothing'
            cand --yes 'Answer every question with yes'
            cand --no-wait 'Fail at once when another byok holds the lock'
            cand -q 'Print data and errors only'
            cand --quiet 'Print data and errors only'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand providers 'Show what each provider takes, with source and date'
            cand completions 'Print the completion script for a shell'
            cand man 'Print the manual page of a command, or write all pages into a folder'
            cand explain 'Say what an error code means, why it happens, and the way out'
        }
        &'byok;providers'= {
            cand --config 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]'
            cand --registry 'The registry''s folder'
            cand --module 'The PKCS#11 module, an absolute path'
            cand --token 'The token''s label; exactly one token must have it'
            cand --pin-source 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`'
            cand --lock-timeout 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]'
            cand --json 'Print one JSON document with a schema field instead of text'
            cand --dry-run 'Plan, say what would be done, and touch nothing'
            cand --yes 'Answer every question with yes'
            cand --no-wait 'Fail at once when another byok holds the lock'
            cand -q 'Print data and errors only'
            cand --quiet 'Print data and errors only'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List the providers'
            cand show 'Show the key types, methods and algorithms that one provider takes'
        }
        &'byok;providers;list'= {
            cand --config 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]'
            cand --registry 'The registry''s folder'
            cand --module 'The PKCS#11 module, an absolute path'
            cand --token 'The token''s label; exactly one token must have it'
            cand --pin-source 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`'
            cand --lock-timeout 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]'
            cand --json 'Print one JSON document with a schema field instead of text'
            cand --dry-run 'Plan, say what would be done, and touch nothing'
            cand --yes 'Answer every question with yes'
            cand --no-wait 'Fail at once when another byok holds the lock'
            cand -q 'Print data and errors only'
            cand --quiet 'Print data and errors only'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'byok;providers;show'= {
            cand --config 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]'
            cand --registry 'The registry''s folder'
            cand --module 'The PKCS#11 module, an absolute path'
            cand --token 'The token''s label; exactly one token must have it'
            cand --pin-source 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`'
            cand --lock-timeout 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]'
            cand --json 'Print one JSON document with a schema field instead of text'
            cand --dry-run 'Plan, say what would be done, and touch nothing'
            cand --yes 'Answer every question with yes'
            cand --no-wait 'Fail at once when another byok holds the lock'
            cand -q 'Print data and errors only'
            cand --quiet 'Print data and errors only'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'byok;completions'= {
            cand --config 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]'
            cand --registry 'The registry''s folder'
            cand --module 'The PKCS#11 module, an absolute path'
            cand --token 'The token''s label; exactly one token must have it'
            cand --pin-source 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`'
            cand --lock-timeout 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]'
            cand --json 'Print one JSON document with a schema field instead of text'
            cand --dry-run 'Plan, say what would be done, and touch nothing'
            cand --yes 'Answer every question with yes'
            cand --no-wait 'Fail at once when another byok holds the lock'
            cand -q 'Print data and errors only'
            cand --quiet 'Print data and errors only'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'byok;man'= {
            cand --out 'Write every page into this folder, as byok.1, byok-generate.1 and so on'
            cand --config 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]'
            cand --registry 'The registry''s folder'
            cand --module 'The PKCS#11 module, an absolute path'
            cand --token 'The token''s label; exactly one token must have it'
            cand --pin-source 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`'
            cand --lock-timeout 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]'
            cand --json 'Print one JSON document with a schema field instead of text'
            cand --dry-run 'Plan, say what would be done, and touch nothing'
            cand --yes 'Answer every question with yes'
            cand --no-wait 'Fail at once when another byok holds the lock'
            cand -q 'Print data and errors only'
            cand --quiet 'Print data and errors only'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'byok;explain'= {
            cand --config 'Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]'
            cand --registry 'The registry''s folder'
            cand --module 'The PKCS#11 module, an absolute path'
            cand --token 'The token''s label; exactly one token must have it'
            cand --pin-source 'Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`'
            cand --lock-timeout 'How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]'
            cand --markdown 'Print the whole table as Markdown, as in docs/errors.md'
            cand --json 'Print one JSON document with a schema field instead of text'
            cand --dry-run 'Plan, say what would be done, and touch nothing'
            cand --yes 'Answer every question with yes'
            cand --no-wait 'Fail at once when another byok holds the lock'
            cand -q 'Print data and errors only'
            cand --quiet 'Print data and errors only'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
