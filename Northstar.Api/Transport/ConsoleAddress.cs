// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Northstar.Api;

/// <summary>Where a console listens: <c>tcp://HOST[:PORT]</c> or <c>unix:///PATH</c>. A closed hierarchy.</summary>
public abstract record ConsoleAddress
{
    /// <summary>The port of an address without one.</summary>
    public const int DefaultPort = 4200;

    /// <summary>The longest path of a Unix socket in bytes (unix(7)).</summary>
    public const int MaxPathBytes = 107;

    private ConsoleAddress()
    {
    }

    /// <summary>Gets the customary default of clients, <c>tcp://localhost:4200</c>.</summary>
    public static ConsoleAddress Default { get; } = new Tcp("localhost", DefaultPort);

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is no address of a console.</exception>
    public static ConsoleAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, out ConsoleAddress? address) is { } cause
            ? throw new FormatException($"invalid console address '{text}': {cause}")
            : address!;
    }

    /// <summary>Reads an address and tells whether it is well-formed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ConsoleAddress? address)
    {
        address = null;
        return text is not null && Read(text, out address) is null;
    }

    // Returns why the text is no address, or null.
    private static string? Read(string text, out ConsoleAddress? address)
    {
        address = null;
        int colon = text.IndexOf(':');
        string rest = colon < 0 ? "" : text[(colon + 1)..];
        return (colon < 0 ? "" : text[..colon].ToLowerInvariant()) switch
        {
            "tcp" => ReadTcp(rest, out address),
            "unix" => ReadUnix(rest, out address),
            _ => "the schemes are tcp:// and unix://",
        };
    }

    private static string? ReadTcp(string rest, out ConsoleAddress? address)
    {
        address = null;
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            return "tcp://HOST[:PORT] is needed";
        }

        // Path, query and fragment have no meaning.
        int end = rest.AsSpan(2).IndexOfAny('/', '?', '#');
        ReadOnlySpan<char> authority = end < 0 ? rest.AsSpan(2) : rest.AsSpan(2, end);
        ReadOnlySpan<char> host = authority;
        ReadOnlySpan<char> port = "";
        if (authority is ['[', ..])
        {
            int close = authority.IndexOf(']');
            if (close < 0 || !System.Net.IPAddress.TryParse(authority[1..close], out System.Net.IPAddress? ip)
                || ip.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            {
                return "an IPv6 address in brackets is needed";
            }

            host = authority[1..close];
            port = authority[(close + 1)..];
        }
        else if (authority.IndexOf(':') is >= 0 and int colon)
        {
            host = authority[..colon];
            port = authority[colon..];
        }

        if (host.IsEmpty || host.ContainsAny(" @\t\0"))
        {
            return "the host is missing or malformed";
        }

        if (!TryPort(port, out int number))
        {
            return "the port is a number from 0 to 65535";
        }

        address = new Tcp(host.ToString(), number);
        return null;
    }

    // Nothing, a colon alone, or a colon and a number.
    private static bool TryPort(ReadOnlySpan<char> text, out int port)
    {
        port = DefaultPort;
        if (text is "" or ":")
        {
            return true;
        }

        bool valid = ushort.TryParse(text[1..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
        port = number;
        return valid && text[0] == ':';
    }

    private static string? ReadUnix(string rest, out ConsoleAddress? address)
    {
        address = null;
        int start = 0;
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            // With two slashes the first word would be the host of the URL, which has no meaning.
            start = rest.IndexOf('/', 2);
            start = start < 0 ? rest.Length : start;
        }

        int end = rest.AsSpan(start).IndexOfAny('?', '#');
        string path = end < 0 ? rest[start..] : rest.Substring(start, end);
        if (path is not ['/', _, ..] || path.Contains('\0'))
        {
            return "unix:///PATH with an absolute path is needed";
        }

        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
        {
            return $"the path is longer than the {MaxPathBytes} bytes that a Unix socket may have";
        }

        address = new Unix(path);
        return null;
    }

    /// <summary>A TCP socket.</summary>
    /// <param name="Host">A name or an address; IPv6 without brackets.</param>
    /// <param name="Port">0 to 65535.</param>
    public sealed record Tcp(string Host, int Port) : ConsoleAddress
    {
        /// <summary>Returns the address as text.</summary>
        public override string ToString() => Host.Contains(':') ? $"tcp://[{Host}]:{Port}" : $"tcp://{Host}:{Port}";
    }

    /// <summary>A Unix stream socket.</summary>
    /// <param name="Path">The absolute path of the socket file, as written: escapes are not decoded.</param>
    public sealed record Unix(string Path) : ConsoleAddress
    {
        /// <summary>Returns the address as text.</summary>
        public override string ToString() => $"unix://{Path}";
    }
}
