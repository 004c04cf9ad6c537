// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers;
using System.Text.Json;

namespace Northstar.Api;

/// <summary>The statistics of a container's cgroups: a JSON object with one member for each active controller.</summary>
/// <remarks>The object is open: members may be missing, null or unknown. It is kept as the text that was sent.</remarks>
public sealed class ProcessStatistics : IEquatable<ProcessStatistics>
{
    private readonly ReadOnlyMemory<byte> _json;

    private ProcessStatistics(ReadOnlyMemory<byte> json) => _json = json;

    /// <summary>Gets statistics without any member.</summary>
    public static ProcessStatistics Empty { get; } = new("{}"u8.ToArray());

    /// <summary>Gets the object as UTF-8 text without a line feed.</summary>
    public ReadOnlySpan<byte> Utf8Json => _json.Span;

    /// <summary>Makes statistics by writing one object.</summary>
    /// <param name="write">Writes the object, from its start to its end.</param>
    /// <exception cref="ArgumentException"><paramref name="write"/> wrote no object.</exception>
    public static ProcessStatistics Create(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, MessageCodec.WriterOptions))
        {
            write(writer);
        }

        return buffer.WrittenSpan is [(byte)'{', .., (byte)'}']
            ? new ProcessStatistics(buffer.WrittenMemory)
            : throw new ArgumentException("statistics are one JSON object", nameof(write));
    }

    /// <summary>Parses the text; the result owns its memory.</summary>
    public JsonElement ToJson()
    {
        using var document = JsonDocument.Parse(_json, new JsonDocumentOptions { MaxDepth = MessageCodec.MaxDepth });
        return document.RootElement.Clone();
    }

    /// <summary>Compares the text.</summary>
    public bool Equals(ProcessStatistics? other) => other is not null && Utf8Json.SequenceEqual(other.Utf8Json);

    /// <summary>Compares the text.</summary>
    public override bool Equals(object? obj) => Equals(obj as ProcessStatistics);

    /// <summary>Returns a hash of the text.</summary>
    public override int GetHashCode() => Values.Hash(_json);

    /// <summary>Returns the text.</summary>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(Utf8Json);

    /// <summary>Keeps a copy of text that is known to be one object on one line.</summary>
    internal static ProcessStatistics FromChecked(ReadOnlySpan<byte> json) => new(json.ToArray());
}
