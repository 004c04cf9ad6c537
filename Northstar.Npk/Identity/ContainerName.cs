// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;

namespace Northstar.Npk;

/// <summary>The name of a container: letters, digits, <c>.</c>, <c>_</c> and <c>-</c> of ASCII.</summary>
/// <remarks>
/// A message of the console may carry any name of 1 to <see cref="MaxWireLength"/> characters. A package is packed, installed and
/// loaded only when <see cref="IsUsable"/> holds too, because the name becomes a directory name.
/// </remarks>
public readonly record struct ContainerName : IComparable<ContainerName>
{
    /// <summary>The longest name that a message may carry, in characters.</summary>
    public const int MaxWireLength = 1024;

    /// <summary>The longest name of a package, in characters.</summary>
    public const int MaxLength = 128;

    private readonly string? _value;

    private ContainerName(string value) => _value = value;

    /// <summary>Gets a value indicating whether a package may have this name: at most <see cref="MaxLength"/> characters, not dots alone.</summary>
    public bool IsUsable => Value.Length <= MaxLength && Value.AsSpan().ContainsAnyExcept('.');

    private string Value => _value ?? throw new InvalidOperationException("The container name was never set.");

    /// <summary>Parses a name.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is empty, too long or has another character.</exception>
    public static ContainerName Parse(string text) =>
        TryParse(text, out ContainerName name)
            ? name
            : throw new FormatException($"invalid container name '{text}': 1 to {MaxWireLength} characters of 0-9 A-Z a-z . _ - are allowed");

    /// <summary>Parses a name and tells whether it is well-formed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ContainerName name)
    {
        bool valid = text is { Length: > 0 and <= MaxWireLength } && !text.AsSpan().ContainsAnyExcept(s_allowed);
        name = valid ? new ContainerName(text!) : default;
        return valid;
    }

    private static readonly System.Buffers.SearchValues<char> s_allowed =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-");

    /// <summary>Compares by bytes.</summary>
    public int CompareTo(ContainerName other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>Returns the name.</summary>
    public override string ToString() => Value;

    /// <summary>Compares by bytes.</summary>
    public static bool operator <(ContainerName left, ContainerName right) => left.CompareTo(right) < 0;

    /// <summary>Compares by bytes.</summary>
    public static bool operator >(ContainerName left, ContainerName right) => left.CompareTo(right) > 0;

    /// <summary>Compares by bytes.</summary>
    public static bool operator <=(ContainerName left, ContainerName right) => left.CompareTo(right) <= 0;

    /// <summary>Compares by bytes.</summary>
    public static bool operator >=(ContainerName left, ContainerName right) => left.CompareTo(right) >= 0;
}
