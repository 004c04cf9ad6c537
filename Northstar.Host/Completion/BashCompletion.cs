// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Completion;

/// <summary>Completion for bash 4 and newer.</summary>
internal static class BashCompletion
{
    internal static string Format(CompletionModel model)
    {
        string function = "_" + model.Program.Replace('-', '_');
        var text = new StringBuilder($$"""
            # bash completion for {{model.Program}}
            {{function}}() {
                local cur="${COMP_WORDS[COMP_CWORD]}" prev="" verb="" i
                ((COMP_CWORD > 0)) && prev="${COMP_WORDS[COMP_CWORD-1]}"
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case "${COMP_WORDS[i]}" in

            """);
        foreach (CompletionVerb verb in model.Verbs)
        {
            text.Append($"            {string.Join('|', verb.Names)}) verb={verb.Name}; break ;;\n");
        }

        text.Append("""
                    esac
                done
                COMPREPLY=()
                case "$verb/$prev" in

            """);
        model.Verbs.ToList().ForEach(verb => AddValues(text, verb.Name, verb.Options));
        AddValues(text, "", model.Options);

        text.Append("    esac\n    case \"$verb\" in\n");
        foreach (CompletionVerb verb in model.Verbs)
        {
            AddWords(text, verb.Name, verb.Options, verb.Arguments.Select(static a => a.Value).FirstOrDefault(static v => v.Kind != ValueKind.Free));
        }

        AddWords(text, "\"\"", model.Options, new CompletionValue("VERB", ValueKind.Words, [.. model.Verbs.Select(static v => v.Name)]));
        return text.Append($"    esac\n}}\ncomplete -F {function} {model.Program}\n").ToString();
    }

    // The value of an option in front.
    private static void AddValues(StringBuilder text, string verb, IReadOnlyList<CompletionOption> options)
    {
        foreach (CompletionOption option in options)
        {
            if (option.Value is { } value)
            {
                text.Append($"        {string.Join('|', option.Names.Select(name => $"{verb}/{name}"))}) {Offer(value)} return ;;\n");
            }
        }
    }

    private static void AddWords(StringBuilder text, string verb, IReadOnlyList<CompletionOption> options, CompletionValue? value)
    {
        string names = string.Join(' ', options.SelectMany(static o => o.Names));
        text.Append($"        {verb})\n            if [[ $cur == -* ]]; then {Words(names)}\n");
        text.Append(value is null ? "            fi ;;\n" : $"            else {Offer(value)}\n            fi ;;\n");
    }

    private static string Offer(CompletionValue value) => value.Kind switch
    {
        ValueKind.Words => Words(string.Join(' ', value.Words)),
        ValueKind.File => "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\");",
        ValueKind.Directory => "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\");",
        _ => "",
    };

    private static string Words(string words) => $"mapfile -t COMPREPLY < <(compgen -W '{words}' -- \"$cur\");";
}
