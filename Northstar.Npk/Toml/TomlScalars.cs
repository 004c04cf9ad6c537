// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk.Toml;

/// <summary>A string.</summary>
public sealed class TomlString : TomlValue
{
    internal TomlString(TomlPosition position, string value)
        : base(position) => Value = value;

    /// <summary>Gets the text, escapes resolved.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override string KindName => "string";
}

/// <summary>An integer.</summary>
public sealed class TomlInteger : TomlValue
{
    internal TomlInteger(TomlPosition position, long value)
        : base(position) => Value = value;

    /// <summary>Gets the number.</summary>
    public long Value { get; }

    /// <inheritdoc/>
    public override string KindName => "integer";
}

/// <summary>A floating-point number, also infinite or not a number.</summary>
public sealed class TomlFloat : TomlValue
{
    internal TomlFloat(TomlPosition position, double value)
        : base(position) => Value = value;

    /// <summary>Gets the number.</summary>
    public double Value { get; }

    /// <inheritdoc/>
    public override string KindName => "float";
}

/// <summary>A boolean.</summary>
public sealed class TomlBoolean : TomlValue
{
    internal TomlBoolean(TomlPosition position, bool value)
        : base(position) => Value = value;

    /// <summary>Gets a value indicating whether the document says <c>true</c>.</summary>
    public bool Value { get; }

    /// <inheritdoc/>
    public override string KindName => "boolean";
}
