// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Runtime.Interop;

namespace Northstar.Runtime.Handles;

/// <summary>What a path stands for.</summary>
internal static unsafe class FileKind
{
    /// <summary>Tells whether it is a socket. A link to one is none.</summary>
    internal static bool IsSocket(string path)
    {
        Sys.statx_result status;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return Sys.statx(Sys.AT_FDCWD, name, Sys.AT_SYMLINK_NOFOLLOW, Sys.STATX_TYPE, &status) == 0 && (status.stx_mode & Sys.S_IFMT) == Sys.S_IFSOCK;
        }
    }
}
