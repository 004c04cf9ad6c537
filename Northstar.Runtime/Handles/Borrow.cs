// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Northstar.Runtime.Handles;

/// <summary>Keeps a handle open while its number is used in a system call.</summary>
internal ref struct Borrow
{
    private readonly SafeHandle _handle;
    private bool _added;

    internal Borrow(SafeHandle handle)
    {
        _handle = handle;
        handle.DangerousAddRef(ref _added);
        Fd = (int)handle.DangerousGetHandle();
    }

    /// <summary>Gets the descriptor's number, valid until <see cref="Dispose"/>.</summary>
    internal int Fd { get; }

    /// <summary>Lets go.</summary>
    public void Dispose()
    {
        if (_added)
        {
            _handle.DangerousRelease();
            _added = false;
        }
    }
}
