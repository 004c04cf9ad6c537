// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;

namespace Northstar.Npk.Toml;

/// <summary>Reads TOML 1.0.0 (toml.io/en/v1.0.0) into a document that knows where everything stands.</summary>
public static class TomlReader
{
    /// <summary>The longest document, in bytes.</summary>
    public const int MaxLengthBytes = 1 << 20;

    /// <summary>The deepest nesting of tables and arrays; headers and dotted keys count by their parts.</summary>
    public const int MaxDepth = 100;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a document. A byte order mark in front is skipped.</summary>
    /// <exception cref="TomlException">The text is malformed, defines a key twice, or exceeds <see cref="MaxLengthBytes"/> or <see cref="MaxDepth"/>.</exception>
    public static TomlTable Read(ReadOnlySpan<byte> utf8) => Read(utf8, static _ => { });

    /// <summary>Reads a document and tells of each table, array and scalar as it is made, so that a caller with limits can stop.</summary>
    internal static TomlTable Read(ReadOnlySpan<byte> utf8, Action<TomlPosition> onValue)
    {
        if (utf8.Length > MaxLengthBytes)
        {
            throw new TomlException(new TomlPosition(1, 1), $"the document has {utf8.Length} bytes, more than {MaxLengthBytes}");
        }

        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        try
        {
            return new TomlParser(s_strict.GetString(utf8), onValue).ReadDocument();
        }
        catch (DecoderFallbackException e)
        {
            throw new TomlException(FindPosition(utf8, e.Index), "the text is not UTF-8", "save the file with the encoding UTF-8");
        }
    }

    private static TomlPosition FindPosition(ReadOnlySpan<byte> utf8, int index)
    {
        ReadOnlySpan<byte> before = utf8[..Math.Clamp(index, 0, utf8.Length)];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new TomlPosition(before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }
}
