// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Northstar.Runtime;

/// <summary>A kernel's configuration file, such as <c>/boot/config-VERSION</c> or <c>/proc/config.gz</c>.</summary>
public sealed class KernelConfiguration
{
    /// <summary>The most bytes that are read, after decompression.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const string Prefix = "CONFIG_";

    private readonly Dictionary<string, string> _values;

    private KernelConfiguration(Dictionary<string, string> values) => _values = values;

    /// <summary>Reads a file, plain or compressed with gzip.</summary>
    /// <exception cref="InvalidDataException">It is no configuration of a kernel, is damaged, or longer than <see cref="MaxBytes"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static KernelConfiguration Load(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a directory");
        }

        ReadOnlyMemory<byte> content;
        using (FileStream file = File.OpenRead(path))
        {
            content = ReadAll(file, path);
        }

        return Parse(Encoding.UTF8.GetString((content.Span is [0x1f, 0x8b, ..] ? Decompress(content, path) : content).Span));
    }

    /// <summary>Reads the text of a configuration.</summary>
    /// <exception cref="InvalidDataException">It sets no option.</exception>
    public static KernelConfiguration Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            // "# CONFIG_X is not set" is a comment like any other.
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > Prefix.Length && line.StartsWith(Prefix, StringComparison.Ordinal))
            {
                values[line[Prefix.Length..equals]] = line[(equals + 1)..].Trim();
            }
        }

        return values.Count > 0 ? new KernelConfiguration(values) : throw new InvalidDataException("no line begins with CONFIG_: this is no configuration of a kernel");
    }

    /// <summary>A file that was cut off decompresses without an error, so its last bytes are compared: the length of the text (RFC 1952, ISIZE).</summary>
    private static ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> file, string path)
    {
        using var gzip = new GZipStream(new MemoryStream(file.ToArray()), CompressionMode.Decompress);
        ReadOnlyMemory<byte> text = ReadAll(gzip, path);
        return file.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(file.Span[^sizeof(uint)..]) == (uint)text.Length
            ? text
            : throw new InvalidDataException($"{path} is cut off or damaged: its gzip data end too early");
    }

    private static ReadOnlyMemory<byte> ReadAll(Stream stream, string path)
    {
        byte[] bytes = new byte[MaxBytes + 1];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= MaxBytes ? bytes.AsMemory(0, length) : throw new InvalidDataException($"{path} is longer than {MaxBytes} bytes");
    }

    /// <summary>Returns the value of an option, which is <c>y</c>, <c>m</c> or a text or number; null when it is not set.</summary>
    /// <param name="option">The option, without <c>CONFIG_</c>.</param>
    public string? Find(string option) => _values.GetValueOrDefault(option) is { } value and not "n" ? value : null;
}
