// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Completion;

/// <summary>Completion for zsh: to be sourced, or as file <c>_PROGRAM</c> in a directory of <c>fpath</c>.</summary>
internal static class ZshCompletion
{
    internal static string Format(CompletionModel model)
    {
        string function = "_" + model.Program.Replace('-', '_');
        var text = new StringBuilder($$"""
            #compdef {{model.Program}}
            # zsh completion for {{model.Program}}
            {{function}}() {
                local context curcontext="$curcontext" state state_descr line
                local -a verbs
                typeset -A opt_args
                _arguments -C -s -S \

            """);
        AddOptions(text, model.Options, "        ");
        text.Append("""
                    '1:verb:->verb' \
                    '*::argument:->argument' && return 0
                case $state in
                verb)
                    verbs=(

            """);
        foreach (CompletionVerb verb in model.Verbs)
        {
            text.Append($"            {Quote($"{verb.Name}:{verb.Description}")}\n");
        }

        text.Append("""
                    )
                    _describe -t verbs verb verbs
                    ;;
                argument)
                    case $line[1] in

            """);
        foreach (CompletionVerb verb in model.Verbs)
        {
            text.Append($"        {string.Join('|', verb.Names)})\n            _arguments -s -S \\\n");
            AddOptions(text, verb.Options, "                ");
            foreach (CompletionArgument argument in verb.Arguments)
            {
                text.Append($"                {Quote($"{(argument.IsRepeated ? "*" : "")}:{Message(argument.Value.Name)}:{Action(argument.Value)}")} \\\n");
            }

            text.Append("                && return 0\n            ;;\n");
        }

        return text.Append($$"""
                    esac
                    ;;
                esac
                return 1
            }
            if [ "$funcstack[1]" = "{{function}}" ]; then
                {{function}} "$@"
            else
                compdef {{function}} {{model.Program}}
            fi

            """).ToString();
    }

    // One line for each name: '(-u --url)--url[text]:URL:action'.
    private static void AddOptions(StringBuilder text, IReadOnlyList<CompletionOption> options, string indent)
    {
        foreach (CompletionOption option in options)
        {
            foreach (string name in option.Names)
            {
                string value = option.Value is { } v ? $":{Message(v.Name)}:{Action(v)}" : "";
                text.Append($"{indent}{Quote($"({string.Join(' ', option.Names)}){name}[{Bracketed(option.Description)}]{value}")} \\\n");
            }
        }
    }

    private static string Action(CompletionValue value) => value.Kind switch
    {
        ValueKind.Words => $"({string.Join(' ', value.Words)})",
        ValueKind.File => "_files",
        ValueKind.Directory => "_files -/",
        _ => "( )",
    };

    private static string Bracketed(string text) => text.Replace("\\", "\\\\").Replace("[", "\\[").Replace("]", "\\]");

    private static string Message(string text) => text.Replace("\\", "\\\\").Replace(":", "\\:");

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''")}'";
}
