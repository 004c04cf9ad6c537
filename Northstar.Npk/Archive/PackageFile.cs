// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Microsoft.Win32.SafeHandles;

namespace Northstar.Npk.Archive;

/// <summary>The open file of a package: every read goes to one descriptor, by position, and every error names the file.</summary>
internal sealed class PackageFile : IDisposable
{
    /// <summary>Takes ownership of <paramref name="handle"/>, also when it throws.</summary>
    internal PackageFile(SafeFileHandle handle, string name)
    {
        Handle = handle;
        Name = name;
        try
        {
            LengthBytes = RandomAccess.GetLength(handle);
        }
        catch (Exception exception) when (exception is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            handle.Dispose();
            throw Error(NpkRules.FileNotRegular, inner: exception);
        }
    }

    internal SafeFileHandle Handle { get; }

    internal string Name { get; }

    internal long LengthBytes { get; }

    /// <summary>Opens a file for reading. Pipes, devices and empty files are refused without being opened, because that could block.</summary>
    internal static PackageFile Open(string path)
    {
        try
        {
            FileInfo info = new(path);
            FileSystemInfo target = info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
            if (target is FileInfo { Exists: true, Length: 0 })
            {
                throw new NpkException(NpkRules.ZipEmpty, $"open package {path}: {NpkRules.ZipEmpty.Meaning}");
            }

            return new PackageFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new NpkException(NpkRules.FileUnopenable, $"open package {path}: {exception.Message}", innerException: exception);
        }
    }

    /// <summary>Reads exactly <paramref name="buffer"/> at <paramref name="offsetBytes"/> of the file.</summary>
    internal void ReadExactly(Span<byte> buffer, long offsetBytes, string? entry = null)
    {
        while (!buffer.IsEmpty)
        {
            int count = Read(buffer, offsetBytes, entry);
            if (count == 0)
            {
                throw Error(NpkRules.EntryCutOff, $"the file ends before offset 0x{offsetBytes:X}", entry, hint: "it was cut off while it was read");
            }

            buffer = buffer[count..];
            offsetBytes += count;
        }
    }

    internal byte[] ReadBytes(long offsetBytes, int count, string? entry = null)
    {
        byte[] bytes = new byte[count];
        ReadExactly(bytes, offsetBytes, entry);
        return bytes;
    }

    /// <summary>
    /// Makes an error whose text has operation, file, entry and place, cause, rule, hint. Without a <paramref name="cause"/> it is the meaning of
    /// the rule.
    /// </summary>
    internal NpkException Error(
        NpkRule rule, string? cause = null, string? entry = null, long? offsetBytes = null, string? hint = null, Exception? inner = null)
    {
        string place = (entry, offsetBytes) switch
        {
            (null, null) => "",
            (null, not null) => $" offset 0x{offsetBytes:X}:",
            (_, null) => $" {entry}:",
            _ => $" {entry} offset 0x{offsetBytes:X}:",
        };
        string text = $"read package {Name}:{place} {cause ?? rule.Meaning} ({rule.Id}){(hint is null ? "" : "; " + hint)}";
        return new NpkException(rule, text, entry, offsetBytes, inner);
    }

    public void Dispose() => Handle.Dispose();

    private int Read(Span<byte> buffer, long offsetBytes, string? entry)
    {
        try
        {
            return RandomAccess.Read(Handle, buffer, offsetBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Error(NpkRules.FileUnreadable, exception.Message, entry, inner: exception);
        }
    }
}
