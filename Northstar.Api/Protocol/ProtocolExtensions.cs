// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

namespace Northstar.Api;

/// <summary>Names of what this runtime can do beyond version 0.9.3 of the protocol.</summary>
/// <remarks>
/// A client asks by <see cref="Connect.Extensions"/>, and <see cref="ConnectAck.Extensions"/> lists what the runtime offers. Only then messages of an
/// extension may be used on that connection; without it a connection sees 0.9.3 and nothing else.
/// </remarks>
public static class ProtocolExtensions
{
    /// <summary>The notification <see cref="Notification.Corrupted"/>.</summary>
    public const string Corrupted = "corrupted";

    /// <summary>Setting the lowest version of a name: <see cref="Request.SetFloor"/>.</summary>
    public const string Floor = "floor";

    /// <summary>The member <see cref="Request.Install.Image"/>.</summary>
    public const string Image = "image";

    /// <summary>
    /// Following what containers write: <see cref="Request.OutputSubscribe"/>, <see cref="Request.OutputUnsubscribe"/>, <see cref="Notification.Output"/>,
    /// <see cref="Notification.OutputLost"/> and <see cref="Notification.OutputEnd"/>.
    /// </summary>
    public const string Output = "output";

    /// <summary>The state and the consumption of all containers in one answer: <see cref="Request.Statistics"/>.</summary>
    public const string Statistics = "statistics";

    /// <summary>The members <see cref="Request.TokenVerify.ValiditySeconds"/> and <see cref="Request.TokenVerify.Presenter"/>.</summary>
    public const string Token = "token";

    /// <summary>The member <see cref="InspectData.Trust"/>.</summary>
    public const string Trust = "trust";

    /// <summary>Reading all of a stored package again: <see cref="Request.Verify"/> and <see cref="Notification.Verifying"/>.</summary>
    public const string Verify = "verify";

    /// <summary>Gets every extension of this version, in the order of the alphabet.</summary>
    public static IReadOnlyList<string> All { get; } = [Corrupted, Floor, Image, Output, Statistics, Token, Trust, Verify];

    /// <summary>Returns the extension that a request belongs to, or null for one of 0.9.3.</summary>
    internal static string? NameOf(Request request) => request switch
    {
        Request.OutputSubscribe or Request.OutputUnsubscribe => Output,
        Request.SetFloor => Floor,
        Request.Statistics => Statistics,
        Request.TokenVerify { ValiditySeconds: not null } or Request.TokenVerify { Presenter: not null } => Token,
        Request.Verify => Verify,
        _ => null,
    };
}
