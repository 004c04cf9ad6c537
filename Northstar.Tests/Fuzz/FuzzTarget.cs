// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Tests.Fuzz;

/// <summary>What a parser made of an input.</summary>
/// <param name="Value">What was accepted; null when the input was refused.</param>
/// <param name="Kinds">The kinds of errors and warnings that were reported; see <see cref="FuzzTarget.Kinds"/>.</param>
internal readonly record struct FuzzOutcome(object? Value, params string[] Kinds);

/// <summary>A parser of bytes from outside, with everything that is needed to fuzz it.</summary>
internal sealed record FuzzTarget
{
    /// <summary>Gets the name, which is a file name too.</summary>
    internal required string Name { get; init; }

    /// <summary>Gets the inputs that mutation begins with: valid ones and, for each kind of error, one that misses narrowly.</summary>
    internal required IReadOnlyList<byte[]> Corpus { get; init; }

    /// <summary>Gets inputs that are tried as they are and never changed, because they are large.</summary>
    internal IReadOnlyList<byte[]> Probes { get; init; } = [];

    internal required IMutator Mutator { get; init; }

    /// <summary>Gets what is fuzzed. It may throw the exceptions that <see cref="Refusal"/> knows, and no other.</summary>
    internal required Func<byte[], FuzzOutcome> Parse { get; init; }

    /// <summary>Gets what looks at an accepted input again: it throws a <see cref="FuzzException"/> when two looks differ.</summary>
    internal Action<byte[], object> Check { get; init; } = static (_, _) => { };

    /// <summary>Gets the kinds of an exception that the parser may throw; null for any other exception.</summary>
    internal Func<Exception, string[]?> Refusal { get; init; } = static _ => null;

    /// <summary>Gets the kinds of errors and warnings that the corpus hits, every one, so that no luck is needed for it.</summary>
    internal IReadOnlyCollection<string> Kinds { get; init; } = [];

    /// <summary>Gets the kinds that may appear beside <see cref="Kinds"/>; any other is an error of the table.</summary>
    internal IReadOnlyCollection<string> OtherKinds { get; init; } = [];

    /// <summary>Gets the most that one call of <see cref="Parse"/> may allocate, in bytes, besides <see cref="AllocationPerByte"/>.</summary>
    internal required long AllocationCapBytes { get; init; }

    /// <summary>Gets how much more it may allocate for each byte of the input.</summary>
    internal int AllocationPerByte { get; init; }

    /// <summary>Gets how many cases the target has in a run of the default length; other lengths are shared out in the same proportion.</summary>
    internal required int Cases { get; init; }

    /// <summary>Gets what is to be closed after the run, and fails when something was left open.</summary>
    internal Action Finish { get; init; } = static () => { };

    /// <inheritdoc/>
    public override string ToString() => Name;
}
