// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Host.Completion;

/// <summary>Completion for PowerShell 5 and newer.</summary>
internal static class PowerShellCompletion
{
    internal static string Format(CompletionModel model)
    {
        var text = new StringBuilder($$"""
            # PowerShell completion for {{model.Program}}
            Register-ArgumentCompleter -Native -CommandName '{{model.Program}}' -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
                $aliases = @{

            """);
        foreach (CompletionVerb verb in model.Verbs)
        {
            foreach (string name in verb.Names)
            {
                text.Append($"        {Quote(name)} = {Quote(verb.Name)}\n");
            }
        }

        text.Append("""
                }
                $verb = ''
                foreach ($word in $words) {
                    if ($aliases.ContainsKey($word)) { $verb = $aliases[$word]; break }
                }
                $previous = if ($words.Count -gt 0) { $words[-1] } else { '' }
                $values = switch ("$verb/$previous") {

            """);
        AddValues(text, "", model.Options);
        model.Verbs.ToList().ForEach(verb => AddValues(text, verb.Name, verb.Options));

        text.Append("""
                    default { $null }
                }
                if ($null -ne $values) {
                    return $values | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
                }
                $offers = switch ($verb) {

            """);
        AddOffers(text, "", model.Options, model.Verbs.Select(static v => (v.Name, v.Description)));
        foreach (CompletionVerb verb in model.Verbs)
        {
            AddOffers(text, verb.Name, verb.Options, verb.Words.Select(static w => (w, w)));
        }

        return text.Append("""
                }
                $offers | Where-Object { $_[0] -like "$wordToComplete*" -and ($_[0] -notlike '-*' -or $wordToComplete -like '-*') } |
                    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_[0], $_[0], $_[1], $_[2]) }
            }

            """).ToString();
    }

    // The value of an option in front.
    private static void AddValues(StringBuilder text, string verb, IReadOnlyList<CompletionOption> options)
    {
        foreach (CompletionOption option in options)
        {
            // Nothing is what makes PowerShell offer files.
            string? words = option.Value is { } value ? string.Join(", ", value.Words.Select(Quote)) : null;
            foreach (string name in words is null ? [] : option.Names)
            {
                text.Append($"        {Quote($"{verb}/{name}")} {{ , @({words}); break }}\n");
            }
        }
    }

    private static void AddOffers(StringBuilder text, string verb, IReadOnlyList<CompletionOption> options, IEnumerable<(string Word, string Text)> words)
    {
        text.Append($"        {Quote(verb)} {{\n");
        foreach ((string word, string description) in words)
        {
            text.Append($"            , @({Quote(word)}, 'ParameterValue', {Quote(description)})\n");
        }

        foreach (CompletionOption option in options)
        {
            foreach (string name in option.Names)
            {
                text.Append($"            , @({Quote(name)}, 'ParameterName', {Quote(option.Description)})\n");
            }
        }

        text.Append("            break\n        }\n");
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''")}'";
}
