// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Completion;

/// <summary>Completion for fish.</summary>
internal static class FishCompletion
{
    internal static string Format(CompletionModel model)
    {
        string names = string.Join(' ', model.Verbs.SelectMany(static v => v.Names));
        string noVerb = $"not __fish_seen_subcommand_from {names}";
        var text = new StringBuilder($"# fish completion for {model.Program}\ncomplete -c {model.Program} -f\n");
        foreach (CompletionOption option in model.Options)
        {
            AddOption(text, model.Program, noVerb, option);
        }

        foreach (CompletionVerb verb in model.Verbs)
        {
            text.Append($"complete -c {model.Program} -n {Quote(noVerb)} -a {verb.Name} -d {Quote(verb.Description)}\n");
        }

        foreach (CompletionVerb verb in model.Verbs)
        {
            string condition = $"__fish_seen_subcommand_from {string.Join(' ', verb.Names)}";
            foreach (CompletionOption option in verb.Options)
            {
                AddOption(text, model.Program, condition, option);
            }

            foreach (CompletionArgument argument in verb.Arguments.Where(static a => a.Value.Kind != ValueKind.Free))
            {
                text.Append($"complete -c {model.Program} -n {Quote(condition)} {Offer(argument.Value)}\n");
            }
        }

        return text.ToString();
    }

    private static void AddOption(StringBuilder text, string program, string condition, CompletionOption option)
    {
        text.Append($"complete -c {program} -n {Quote(condition)}");
        foreach (string name in option.Names)
        {
            text.Append(name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}");
        }

        // -x: the value is one of what is offered, -r: the value is needed.
        text.Append(option.Value switch
        {
            null => "",
            { Kind: ValueKind.Free } => " -x",
            { Kind: ValueKind.Words } value => $" -x {Offer(value)}",
            { } value => $" -r {Offer(value)}",
        });
        text.Append($" -d {Quote(option.Description)}\n");
    }

    private static string Offer(CompletionValue value) => value.Kind switch
    {
        ValueKind.Words => $"-a {Quote(string.Join(' ', value.Words))}",
        ValueKind.Directory => "-a '(__fish_complete_directories)'",
        _ => "-F",
    };

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\").Replace("'", "\\'")}'";
}
