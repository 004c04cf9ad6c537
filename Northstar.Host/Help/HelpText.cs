// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;

namespace Northstar.Host.Help;

/// <summary>Writes help: examples first, then usage, verbs, arguments and options.</summary>
internal sealed class HelpText(TextWriter writer, ToolHelp help, int width)
{
    private const int Indent = 2;
    private const int Gap = 2;
    private const int LongestTerm = 28;

    /// <summary>Writes the help of a command.</summary>
    internal void Write(Command command)
    {
        bool isTool = ToolOf(command) == command;
        WriteWrapped("", isTool ? help.Summary : $"{command.Description}.");
        Example[] examples = isTool ? help.Examples : help.VerbExamples.GetValueOrDefault(command.Name, []);
        WriteSection("Examples", examples.Select(static e => new Row(e.Line, e.Meaning)), longestTerm: 56);
        writer.WriteLine();
        WriteUsage(command);
        foreach (VerbGroup group in isTool ? help.Groups : [])
        {
            WriteSection(group.Title, group.Verbs.Select(name => command.Subcommands.Single(c => c.Name == name)).Select(static c => new Row(c.Name, c.Description ?? "")));
        }

        WriteSection("Arguments", command.Arguments.Select(static a => new Row(UsageOf(a), Describe(a, a.Description))));
        WriteSection("Options", OptionsOf(command).Select(static o => new Row(Term(o), Describe(o, o.Description))));
        if (!isTool)
        {
            WriteSection("Options of every verb", OptionsOf(ToolOf(command)).Where(static o => o.Recursive).Select(static o => new Row(Term(o), Describe(o, o.Description))));
        }

        if (isTool && help.Footer.Length > 0)
        {
            writer.WriteLine();
            WriteWrapped("", help.Footer);
        }
    }

    /// <summary>Writes the one line of usage.</summary>
    internal void WriteUsage(Command command)
    {
        Command tool = ToolOf(command);
        IEnumerable<string> words = tool == command
            ? [tool.Name, "[OPTIONS]", .. tool.Subcommands.Count > 0 ? ["VERB", "[ARGUMENTS]"] : Array.Empty<string>()]
            : [tool.Name, command.Name, "[OPTIONS]", .. command.Options.Where(static o => o.Required).Select(static o => $"{o.Name} {ValueOf(o)}"), .. command.Arguments.Select(UsageOf)];
        WriteWrapped("Usage: ", string.Join(' ', words));
    }

    /// <summary>Returns the options of a command that are shown: its own, in the order of their definition, help and version last.</summary>
    internal static IEnumerable<Option> OptionsOf(Command command) => command.Options
        .Where(static o => !o.Hidden)
        .OrderBy(static o => o is HelpOption || o.Name == "--version" ? 1 : 0);

    /// <summary>Returns the names of an option, the short ones first.</summary>
    internal static IEnumerable<string> NamesOf(Option option) => option.Aliases.Append(option.Name).Distinct().OrderBy(static n => n.Length);

    /// <summary>Tells whether an option is a word of its own, without a value.</summary>
    internal static bool IsFlag(Option option) => option is HelpOption || option.ValueType == typeof(bool);

    /// <summary>Returns the words that a value can be; none when it is free.</summary>
    internal static string[] WordsOf(Symbol symbol) => symbol is Option option && IsFlag(option) || symbol is Argument { ValueType.IsPrimitive: true }
        ? [] : [.. symbol.GetCompletions(CompletionContext.Empty).Select(static c => c.Label)];

    /// <summary>Returns what stands for the value of an option or argument.</summary>
    internal static string ValueOf(Symbol symbol) => symbol switch
    {
        Option { HelpName: { } name } => name,
        Argument { HelpName: { } name } => name,
        Option option when WordsOf(option) is { Length: > 0 } words => string.Join('|', words),
        Option option => option.Name.TrimStart('-').ToUpperInvariant(),
        _ => symbol.Name,
    };

    private static Command ToolOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? ToolOf(parent) : command;

    private static string Term(Option option)
    {
        string names = string.Join(", ", NamesOf(option));
        return IsFlag(option) ? names : $"{names} {ValueOf(option)}";
    }

    private static string UsageOf(Argument argument)
    {
        string name = ValueOf(argument);
        string several = argument.Arity.MaximumNumberOfValues > 1 && !name.EndsWith(']') ? "..." : "";
        bool optional = argument.HasDefaultValue || argument.Arity.MinimumNumberOfValues == 0;
        return optional && !name.StartsWith('[') ? $"[{name}]{several}" : name + several;
    }

    private static string Describe(Symbol symbol, string? description)
    {
        string text = description ?? "";
        object? standard = symbol switch
        {
            Option { HasDefaultValue: true } option when !IsFlag(option) => option.GetDefaultValue(),
            Argument { HasDefaultValue: true } argument => argument.GetDefaultValue(),
            _ => null,
        };
        text += standard is null ? "" : $" (default: {standard})";
        return symbol is Option { Required: true } ? $"{text} (required)" : text;
    }

    private void WriteSection(string title, IEnumerable<Row> rows, int longestTerm = LongestTerm)
    {
        Row[] all = [.. rows];
        if (all.Length == 0)
        {
            return;
        }

        writer.WriteLine();
        writer.WriteLine($"{title}:");
        int terms = all.Max(r => r.Term.Length <= longestTerm ? r.Term.Length : 0);
        int start = Indent + terms + Gap;
        foreach ((string term, string text) in all)
        {
            string head = new string(' ', Indent) + term;
            if (head.Length > start - Gap || start > width - 20)
            {
                writer.WriteLine(head);
                WriteWrapped(new string(' ', Math.Min(start, 3 * Indent)), text);
            }
            else
            {
                WriteWrapped(head.PadRight(start), text);
            }
        }
    }

    // Breaks text at blanks; a word that is longer than a line stays whole.
    private void WriteWrapped(string head, string text)
    {
        foreach (string part in text.Split('\n'))
        {
            string line = head;
            bool fresh = true;
            foreach (string word in part.Split(' '))
            {
                if (!fresh && line.Length + 1 + word.Length > width)
                {
                    writer.WriteLine(line.TrimEnd());
                    line = new string(' ', head.Length);
                    fresh = true;
                }

                line += fresh ? word : " " + word;
                fresh = false;
            }

            writer.WriteLine(line.TrimEnd());
            head = new string(' ', head.Length);
        }
    }

    /// <summary>A term and what it means.</summary>
    private sealed record Row(string Term, string Text);
}
