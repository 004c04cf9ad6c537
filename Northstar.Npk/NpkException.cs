// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>Thrown when a package, key or manifest is refused. The message names the file or entry, the place and the cause.</summary>
public class NpkException : Exception
{
    internal NpkException(NpkErrorCode code, string message, string? entry = null, long? offsetBytes = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
        Entry = entry;
        OffsetBytes = offsetBytes;
    }

    /// <summary>Gets why it was refused.</summary>
    public NpkErrorCode Code { get; }

    /// <summary>Gets the entry of the archive that the error is in, or null.</summary>
    public string? Entry { get; }

    /// <summary>Gets the offset of the error in the entry, or in the file without one, in bytes; null where it has no place.</summary>
    public long? OffsetBytes { get; }
}
