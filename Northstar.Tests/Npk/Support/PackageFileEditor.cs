// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;
using Northstar.Npk;

namespace Northstar.Tests.Npk.Support;

/// <summary>A package in a file whose bits are flipped in place, one at a time.</summary>
internal sealed class PackageFileEditor : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly byte[] _bytes;
    private readonly SafeFileHandle _writer;

    internal PackageFileEditor(byte[] bytes)
    {
        _bytes = [.. bytes];
        Path = _folder.Write("flipped.npk", _bytes);
        _writer = File.OpenHandle(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
    }

    internal string Path { get; }

    /// <summary>Flips a bit, opens and verifies the package, and flips it back. Returns the rule that refused it, or null.</summary>
    internal string? RuleFor(int offset, int bit, NpkReaderOptions options, Action<NpkPackage> accepted)
    {
        Write(offset, (byte)(_bytes[offset] ^ (1 << bit)));
        try
        {
            using NpkPackage package = NpkPackage.Open(Path, options);
            package.Verify();
            accepted(package);
            return null;
        }
        catch (NpkException refused)
        {
            return refused.Rule;
        }
        finally
        {
            Write(offset, _bytes[offset]);
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _folder.Dispose();
    }

    private void Write(int offset, byte value) => RandomAccess.Write(_writer, [value], offset);
}
