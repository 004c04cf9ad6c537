// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Runtime.Launch;

/// <summary>How a container ended: an exit code, or the signal it died from.</summary>
internal readonly record struct ContainerExit(int Value, bool IsSignal)
{
    /// <summary>Gets a value indicating whether the payload ended with exit code 0.</summary>
    internal bool IsSuccess => !IsSignal && Value == 0;

    internal static ContainerExit FromCode(int code) => new(code, false);

    /// <summary>Decodes a wait status (waitpid(2)).</summary>
    internal static ContainerExit FromStatus(int status) =>
        (status & 0x7f) == 0 ? new ContainerExit(status >> 8 & 0xff, false) : new ContainerExit(status & 0x7f, true);

    /// <summary>Decodes the status of an init that ended without a report: a signal took it and the payload together; -2 is a fault of init itself.</summary>
    internal static ContainerExit FromInit(int status) => (status & 0x7f) == 0 ? FromCode(-2) : FromStatus(status);

    /// <summary>Returns <c>Exit(code)</c> or <c>Signalled(number)</c>.</summary>
    public override string ToString() => IsSignal ? $"Signalled({Value})" : $"Exit({Value})";
}
