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
