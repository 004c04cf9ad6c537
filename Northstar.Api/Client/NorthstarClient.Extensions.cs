// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Npk;

namespace Northstar.Api;

/// <content>What is beyond version 0.9.3 of the protocol, see <see cref="ProtocolExtensions"/>.</content>
public sealed partial class NorthstarClient
{
    /// <summary>
    /// Gets the extensions that the runtime offers on the connection, or did on the last one; none unless
    /// <see cref="NorthstarClientOptions.Extensions"/> asks for them.
    /// </summary>
    public IReadOnlyList<string> Extensions => _keeper.Current.Connection.Extensions;

    /// <summary>Gets the state and the consumption of all containers, in no particular order (extension <see cref="ProtocolExtensions.Statistics"/>).</summary>
    /// <exception cref="ApiException">The runtime does not offer it (<see cref="ApiFailure.Extension"/>), refuses it, or the connection ended.</exception>
    public async Task<IReadOnlyList<ContainerStatistics>> StatisticsAsync(CancellationToken cancellationToken = default) =>
        (await SendAsync<Response.Statistics>(new Request.Statistics(), "statistics", cancellationToken).ConfigureAwait(false)).Containers;

    /// <summary>
    /// Sets the lowest version of a name that may be installed and started, upwards or downwards (extension <see cref="ProtocolExtensions.Floor"/>). The
    /// repository must learn floors, and the connection needs the permission <see cref="Permissions.Downgrade"/>.
    /// </summary>
    /// <param name="repository">The repository.</param>
    /// <param name="container">The name and its lowest version.</param>
    /// <param name="cancellationToken">Stops the wait for the response.</param>
    /// <exception cref="ApiException">The runtime does not offer it (<see cref="ApiFailure.Extension"/>), refuses it, or the connection ended.</exception>
    public async Task SetFloorAsync(string repository, ContainerId container, CancellationToken cancellationToken = default)
    {
        string operation = $"set the lowest version {container}";
        ThrowIfFailed(operation, (await SendAsync<Response.SetFloor>(new Request.SetFloor(repository, container), operation, cancellationToken).ConfigureAwait(false)).Result);
    }

    /// <summary>
    /// Reads all of a stored package again, with low priority (extension <see cref="ProtocolExtensions.Verify"/>). Other requests of this client wait
    /// until it is done.
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="progress">Told now and then how far it is, from any thread.</param>
    /// <param name="cancellationToken">Stops the wait for the response.</param>
    /// <exception cref="ApiException">
    /// The package is damaged, or the runtime does not offer it (<see cref="ApiFailure.Extension"/>), refuses it, or the connection ended.
    /// </exception>
    public async Task VerifyAsync(ContainerId container, IProgress<Notification.Verifying>? progress = null, CancellationToken cancellationToken = default)
    {
        string operation = $"verify {container}";
        Response response = await OnConnectionAsync(
            connection => connection.TrySendAsync(new Request.Verify(container), progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        ThrowIfFailed(operation, Expect<Response.Verify>(response, operation).Result);
    }

    /// <summary>
    /// Verifies a token as <see cref="VerifyTokenAsync(Token, ContainerName, ReadOnlyMemory{byte}, CancellationToken)"/> does, more narrowly (extension
    /// <see cref="ProtocolExtensions.Token"/>).
    /// </summary>
    /// <param name="token">The token.</param>
    /// <param name="user">The name of who claims to have created it.</param>
    /// <param name="shared">The bytes it was created with.</param>
    /// <param name="validity">The age from which on it is expired, in whole seconds, when that is less than the configured one; null for that.</param>
    /// <param name="presenter">
    /// The process that presented it, from <see cref="PeerIdentity.Of"/>. The token is invalid unless that is a process of <paramref name="user"/>, a container that runs. Null for
    /// whoever it was.
    /// </param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="validity"/> is negative or more than 4,294,967,295 seconds.</exception>
    /// <exception cref="ApiException">The runtime does not offer it (<see cref="ApiFailure.Extension"/>), refuses it, or the connection ended.</exception>
    public async Task<TokenVerification> VerifyTokenAsync(
        Token token, ContainerName user, ReadOnlyMemory<byte> shared, TimeSpan? validity, ulong? presenter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (validity is { } age)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(age, TimeSpan.Zero, nameof(validity));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(age, TimeSpan.FromSeconds(uint.MaxValue), nameof(validity));
        }

        var request = new Request.TokenVerify(token, user, shared) { ValiditySeconds = (uint?)validity?.TotalSeconds, Presenter = presenter };
        return (await SendAsync<Response.TokenVerify>(request, "token_verify", cancellationToken).ConfigureAwait(false)).Verification;
    }

    /// <summary>
    /// Follows what a container writes from now on, over all its starts (extension <see cref="ProtocolExtensions.Output"/>). The container need not be
    /// started yet; its manifest makes the stream a pipe or inherits it (<c>io</c>).
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="stdout">Whether its standard output is followed.</param>
    /// <param name="stderr">Whether its standard error is followed.</param>
    /// <param name="cancellationToken">Stops the wait for the response.</param>
    /// <returns>What to read from, and to dispose of. With <see cref="ReconnectOptions"/> it ends with its connection: follow anew then.</returns>
    /// <exception cref="ApiException">The runtime does not offer it (<see cref="ApiFailure.Extension"/>), refuses it, or the connection ended.</exception>
    public async Task<OutputSubscription> FollowOutputAsync(
        ContainerId container, bool stdout = true, bool stderr = true, CancellationToken cancellationToken = default)
    {
        string operation = $"follow the output of {container}";
        OutputSubscription? output = null;
        Response response = await OnConnectionAsync(
            async connection =>
            {
                (output, Response? answer) = await connection.TryFollowAsync(container, stdout, stderr, _outputBufferBytes, cancellationToken).ConfigureAwait(false);
                return answer;
            },
            cancellationToken).ConfigureAwait(false);
        ThrowIfFailed(operation, Expect<Response.OutputSubscribe>(response, operation).Result);
        return output!;
    }
}
