// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.CommandLine.Parsing;
using Northstar.Host.Configuration;
using Northstar.Host.Terminal;

namespace Northstar.Host.Help;

/// <summary>Says what is wrong with a command line: each mistake, the usage, and where to read more.</summary>
internal static class UsageText
{
    private const int ShortOption = 2;

    internal static void Write(ParseResult parsed, Streams streams)
    {
        Command command = parsed.CommandResult.Command;
        foreach (string mistake in Mistakes(parsed, command))
        {
            streams.Error.WriteLine($"Error: {Printable.Line(mistake)}");
        }

        var help = new HelpText(streams.Error, new ToolHelp { Summary = "", Examples = [] }, streams.TextWidth);
        help.WriteUsage(command);
        string path = string.Join(' ', command.Parents.OfType<Command>().Select(static c => c.Name).Append(command.Name));
        streams.Error.WriteLine($"'{path} --help' shows {(command.Subcommands.Count > 0 ? "verbs, " : "")}options and examples.");
    }

    private static string[] Mistakes(ParseResult parsed, Command command)
    {
        if (parsed.UnmatchedTokens is [var word, ..])
        {
            return [Unknown(word, command)];
        }

        string[] missing =
        [
            .. parsed.Errors.Where(static e => e.SymbolResult is OptionResult { Implicit: false }).Select(Describe).Distinct(),
            .. command.Subcommands.Count > 0 && command.Action is null ? ["a verb is missing"] : Array.Empty<string>(),
            .. command.Options.Where(o => o.Required && parsed.GetResult(o) is null or { Implicit: true }).Select(static o => $"{o.Name} {HelpText.ValueOf(o)} is missing"),
            .. command.Arguments.Where(a => !a.HasDefaultValue && a.Arity.MinimumNumberOfValues > (parsed.GetResult(a)?.Tokens.Count ?? 0))
                .Select(static a => $"{HelpText.ValueOf(a)} is missing"),
        ];
        return missing.Length > 0 ? missing : [.. parsed.Errors.Select(Describe).Distinct()];
    }

    private static string Unknown(string word, Command command)
    {
        (string kind, IEnumerable<string> known) = word.StartsWith('-') ? ("unknown option", Options(command))
            : command.Subcommands.Count > 0 ? ("unknown verb", command.Subcommands.SelectMany(static c => c.Aliases.Append(c.Name)))
            : ("unexpected argument", []);
        string? hint = word.Length > ShortOption ? NearestWord.Suggest(word, known) : null;
        return $"{kind} '{word}'{(hint is null ? "" : $"; {hint}")}";
    }

    private static IEnumerable<string> Options(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(static p => p.Options.Where(static o => o.Recursive))).SelectMany(HelpText.NamesOf);

    // Tells the option whose value is wrong; those that we parse say it themselves.
    private static string Describe(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens: [], Option: var option } => $"{option.Name} needs a value: {HelpText.ValueOf(option)}",
        OptionResult { Tokens: [var value, ..], Option: var option } when HelpText.WordsOf(option) is { Length: > 0 } words =>
            $"{option.Name}: '{value.Value}' is none of {string.Join(", ", words)}",
        OptionResult { Tokens: [var value, ..], Option: var option } when IsNumber(option.ValueType) => $"{option.Name}: '{value.Value}' is no number",
        ArgumentResult { Tokens: [var value, ..], Argument: var argument } => $"{HelpText.ValueOf(argument)}: '{value.Value}' is no number",
        _ => error.Message,
    };

    private static bool IsNumber(Type type) => (Nullable.GetUnderlyingType(type) ?? type).IsPrimitive;
}
