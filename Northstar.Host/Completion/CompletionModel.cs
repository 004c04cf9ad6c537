// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using Northstar.Host.Help;

namespace Northstar.Host.Completion;

/// <summary>What a shell can offer for a program: made of the same definitions that parse its command line.</summary>
/// <param name="Program">The name of the program.</param>
/// <param name="Options">The options in front of a verb.</param>
/// <param name="Verbs">The verbs.</param>
internal sealed record CompletionModel(string Program, IReadOnlyList<CompletionOption> Options, IReadOnlyList<CompletionVerb> Verbs)
{
    /// <summary>Makes the model of a tool.</summary>
    internal static CompletionModel Of(Command tool)
    {
        IEnumerable<Option> shared = HelpText.OptionsOf(tool).Where(static o => o.Recursive);
        return new CompletionModel(
            tool.Name,
            [.. HelpText.OptionsOf(tool).Select(CompletionOption.Of)],
            [
                .. tool.Subcommands.Where(static c => !c.Hidden).OrderBy(static c => c.Name, StringComparer.Ordinal).Select(verb => new CompletionVerb(
                    verb.Name, [.. verb.Aliases], Brief(verb.Description),
                    [.. HelpText.OptionsOf(verb).Concat(shared).DistinctBy(static o => o.Name).Select(CompletionOption.Of)],
                    [.. VerbOf(verb), .. verb.Arguments.Select(CompletionArgument.Of)])),
            ]);
    }

    // A tool that is a verb of another has verbs of its own.
    private static IEnumerable<CompletionArgument> VerbOf(Command tool) => tool.Subcommands.Count == 0 ? [] :
    [
        new(new CompletionValue("VERB", ValueKind.Words, [.. tool.Subcommands.Where(static c => !c.Hidden).Select(static c => c.Name).Order(StringComparer.Ordinal)]), false, false),
    ];

    /// <summary>Returns what fits beside a word: the text up to its first semicolon or comma.</summary>
    internal static string Brief(string? description) => (description ?? "").Split(';', ',')[0];
}

/// <summary>A verb. Its aliases are understood, but not offered.</summary>
internal sealed record CompletionVerb(
    string Name, IReadOnlyList<string> Aliases, string Description, IReadOnlyList<CompletionOption> Options, IReadOnlyList<CompletionArgument> Arguments)
{
    internal IEnumerable<string> Names => [Name, .. Aliases];

    /// <summary>Gets the words that an argument can be.</summary>
    internal IEnumerable<string> Words => Arguments.SelectMany(static a => a.Value.Words);

    /// <summary>Gets a value indicating whether one of the arguments is a file.</summary>
    internal bool TakesFiles => Arguments.Any(static a => a.Value.Kind == ValueKind.File);
}

/// <summary>An option. <see cref="Value"/> is null for one without a value.</summary>
internal sealed record CompletionOption(IReadOnlyList<string> Names, string Description, CompletionValue? Value)
{
    internal static CompletionOption Of(Option option) => new(
        [.. HelpText.NamesOf(option)], CompletionModel.Brief(option.Description), HelpText.IsFlag(option) ? null : CompletionValue.Of(option));
}

/// <summary>An argument.</summary>
internal sealed record CompletionArgument(CompletionValue Value, bool IsOptional, bool IsRepeated)
{
    internal static CompletionArgument Of(Argument argument) => new(
        CompletionValue.Of(argument), argument.HasDefaultValue || argument.Arity.MinimumNumberOfValues == 0, argument.Arity.MaximumNumberOfValues > 1);
}

/// <summary>What a value can be.</summary>
internal sealed record CompletionValue(string Name, ValueKind Kind, IReadOnlyList<string> Words)
{
    internal static CompletionValue Of(Symbol symbol)
    {
        string name = HelpText.ValueOf(symbol);
        string[] words = HelpText.WordsOf(symbol);
        return new CompletionValue(name, words.Length > 0 ? ValueKind.Words : KindOf(name), words);
    }

    // The help names what is a file; so the two agree.
    private static ValueKind KindOf(string name) => name switch
    {
        "FILE" or "NPK" or "LOGFILE" or "PATH" => ValueKind.File,
        "DIR" => ValueKind.Directory,
        _ => ValueKind.Free,
    };
}

/// <summary>The kinds of values.</summary>
internal enum ValueKind
{
    /// <summary>Anything; a shell offers nothing.</summary>
    Free,

    /// <summary>One of some words.</summary>
    Words,

    /// <summary>A file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,
}
