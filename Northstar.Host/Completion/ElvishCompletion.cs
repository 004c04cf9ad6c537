// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Completion;

/// <summary>Completion for elvish.</summary>
internal static class ElvishCompletion
{
    internal static string Format(CompletionModel model)
    {
        var text = new StringBuilder($$"""
            # elvish completion for {{model.Program}}
            use str
            fn complete-{{model.Program}} {|@words|
                fn offer {|word text|
                    edit:complex-candidate $word &display=$word'  '$text
                }
                var current = $words[-1]
                var previous = $words[-2]
                var verb = ''
                for word $words[1..-1] {

            """);
        foreach (CompletionVerb verb in model.Verbs)
        {
            string match = string.Join(" ", verb.Names.Select(static n => $"(eq $word {n})"));
            text.Append($"        if (and (eq $verb '') {(verb.Aliases.Count > 0 ? $"(or {match})" : match)}) {{ set verb = {verb.Name} }}\n");
        }

        text.Append("    }\n");
        AddValues(text, "", model.Options);
        foreach (CompletionVerb verb in model.Verbs)
        {
            AddValues(text, verb.Name, verb.Options);
        }

        AddWords(text, "", model.Options, model.Verbs.Select(static v => (v.Name, v.Description)), takesFiles: false);
        foreach (CompletionVerb verb in model.Verbs)
        {
            AddWords(text, verb.Name, verb.Options, verb.Words.Select(static w => (w, "")), verb.TakesFiles);
        }

        return text.Append($"}}\nset edit:completion:arg-completer[{model.Program}] = $complete-{model.Program}~\n").ToString();
    }

    // The value of an option in front.
    private static void AddValues(StringBuilder text, string verb, IReadOnlyList<CompletionOption> options)
    {
        foreach (CompletionOption option in options.Where(static o => o.Value is not null))
        {
            text.Append($"    if (and (eq $verb {Quote(verb)}) (has-value [{string.Join(' ', option.Names)}] $previous)) {{\n");
            text.Append(option.Value!.Kind switch
            {
                ValueKind.Words => $"        put {string.Join(' ', option.Value.Words)}\n",
                ValueKind.File or ValueKind.Directory => "        edit:complete-filename $current\n",
                _ => "        nop\n",
            });
            text.Append("        return\n    }\n");
        }
    }

    private static void AddWords(StringBuilder text, string verb, IReadOnlyList<CompletionOption> options, IEnumerable<(string Word, string Text)> words, bool takesFiles)
    {
        text.Append($"    if (eq $verb {Quote(verb)}) {{\n        if (str:has-prefix $current -) {{\n");
        foreach (CompletionOption option in options)
        {
            foreach (string name in option.Names)
            {
                text.Append($"            offer {name} {Quote(option.Description)}\n");
            }
        }

        text.Append("        } else {\n");
        foreach ((string word, string description) in words)
        {
            text.Append($"            offer {word} {Quote(description)}\n");
        }

        text.Append(takesFiles ? "            edit:complete-filename $current\n" : "            nop\n").Append("        }\n    }\n");
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''")}'";
}
