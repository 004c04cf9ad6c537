// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Npk;

/// <summary>How a container starts with the runtime.</summary>
public enum Autostart
{
    /// <summary>Failures and exit status are ignored.</summary>
    Relaxed,

    /// <summary>A failed start, or an end other than exit code 0, ends the runtime with an error.</summary>
    Critical,
}
