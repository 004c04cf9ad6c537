// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>What a value of a manifest looks like. The reader and <c>docs/manifest.schema.json</c> take names, words and ranges from here.</summary>
internal abstract record Shape
{
    internal static readonly Text AnyText = new();
    internal static readonly Boolean Bool = new();
    internal static readonly Integer Int64 = new(long.MinValue, long.MaxValue);
    internal static readonly Integer UInt64 = new(0, ulong.MaxValue);
    internal static readonly Integer UInt32 = new(0, uint.MaxValue);
    internal static readonly Integer UInt16 = new(0, ushort.MaxValue);

    /// <summary>Text. The pattern is a regular expression of ECMA-262 for editors; the reader has stricter words of its own.</summary>
    internal sealed record Text(int MinBytes = 0, int MaxBytes = int.MaxValue, string? Pattern = null) : Shape;

    /// <summary>An integer within the range that its type holds.</summary>
    internal sealed record Integer(Int128 Min, Int128 Max) : Shape
    {
        /// <summary>Gets the range that a valid manifest keeps to, if it is narrower.</summary>
        internal (Int128 Min, Int128 Max)? Valid { get; init; }
    }

    internal sealed record Boolean : Shape;

    /// <summary>One of some words.</summary>
    internal sealed record Word(IReadOnlyCollection<string> Words) : Shape;

    internal sealed record List(Shape Item) : Shape
    {
        internal int MaxCount { get; init; } = int.MaxValue;

        /// <summary>Gets a value indicating whether its elements must differ.</summary>
        internal bool IsSet { get; init; }
    }

    /// <summary>A map whose keys are data.</summary>
    internal sealed record Map(Shape Value) : Shape
    {
        internal int MaxCount { get; init; } = int.MaxValue;

        internal Shape Key { get; init; } = new Text();
    }

    /// <summary>An object with fixed keys.</summary>
    /// <param name="Rule">The rule that is broken when it is no object, or lacks a required field.</param>
    /// <param name="IsStrict">Whether an unknown key is an error; else it is ignored with a warning.</param>
    /// <param name="Fields">Its fields in the order of the rendering.</param>
    internal sealed record Object(string Rule, bool IsStrict, params Field[] Fields) : Shape;

    /// <summary>Words, some of which carry a value. One without value has a null shape.</summary>
    internal sealed record Variant(params (string Name, Shape? Payload)[] Cases) : Shape;

    /// <summary>One of several shapes.</summary>
    internal sealed record Either(params Shape[] Shapes) : Shape;

    /// <summary>Everything that JSON can express, with a form for one member if it is an object.</summary>
    internal sealed record Anything((string Name, Object Shape) Member) : Shape;
}

/// <summary>A field of an object.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Shape">What its value looks like.</param>
/// <param name="Rule">The rule that is broken when the value does not look so.</param>
/// <param name="IsRequired">Whether it must be there.</param>
/// <param name="IsNullable">Whether null and a blank value mean that it is absent.</param>
internal sealed record Field(string Name, Shape Shape, string Rule, bool IsRequired, bool IsNullable)
{
    internal static Field Required(string name, Shape shape, string rule = "P00") => new(name, shape, rule, IsRequired: true, IsNullable: false);

    /// <summary>Makes a field that may be absent: null means so for scalars and objects, while lists and maps are empty then.</summary>
    internal static Field Optional(string name, Shape shape, string rule = "P00") =>
        new(name, shape, rule, IsRequired: false, IsNullable: shape is not (Shape.List or Shape.Map));
}
