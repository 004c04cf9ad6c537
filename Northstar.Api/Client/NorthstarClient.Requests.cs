// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Northstar.Npk;

namespace Northstar.Api;

/// <content>One method for each request.</content>
public sealed partial class NorthstarClient
{
    /// <summary>Gets the identity of this connection: the container it belongs to, or <c>extern:0.0.0</c>.</summary>
    public async Task<ContainerId> IdentAsync(CancellationToken cancellationToken = default) =>
        (await SendAsync<Response.Ident>(new Request.Ident(), "ident", cancellationToken).ConfigureAwait(false)).Container;

    /// <summary>Gets all installed containers, in no particular order.</summary>
    public async Task<IReadOnlyList<ContainerId>> ListAsync(CancellationToken cancellationToken = default) =>
        (await SendAsync<Response.List>(new Request.List(), "list", cancellationToken).ConfigureAwait(false)).Containers;

    /// <summary>Gets the identifiers of all repositories.</summary>
    public async Task<IReadOnlySet<string>> RepositoriesAsync(CancellationToken cancellationToken = default) =>
        (await SendAsync<Response.Repositories>(new Request.Repositories(), "repositories", cancellationToken).ConfigureAwait(false))
            .Identifiers.ToHashSet(StringComparer.Ordinal);

    /// <summary>Gets the data of one container.</summary>
    public async Task<InspectData> InspectAsync(ContainerId container, CancellationToken cancellationToken = default)
    {
        string operation = $"inspect {container}";
        Response.Inspect response =
            await SendAsync<Response.Inspect>(new Request.Inspect(container), operation, cancellationToken).ConfigureAwait(false);
        return response.Data ?? throw ApiException.FromRuntime(operation, response.Error!);
    }

    /// <summary>Starts a container as its manifest says.</summary>
    public Task StartAsync(ContainerId container, CancellationToken cancellationToken = default) =>
        StartAsync(new Request.Start(container), cancellationToken);

    /// <summary>Starts a container with another program, arguments or environment.</summary>
    /// <param name="container">The container.</param>
    /// <param name="init">The program instead of the manifest's, or null.</param>
    /// <param name="arguments">The arguments instead of the manifest's; null or empty keeps those.</param>
    /// <param name="environment">The environment instead of the manifest's; null or empty keeps that.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="ArgumentException">A string has U+0000.</exception>
    public Task StartAsync(
        ContainerId container,
        string? init,
        IReadOnlyList<string>? arguments = null,
        IReadOnlyDictionary<string, string>? environment = null,
        CancellationToken cancellationToken = default)
    {
        var plain = new Request.Start(container);
        return StartAsync(
            plain with { Init = init, Arguments = arguments ?? plain.Arguments, Environment = environment ?? plain.Environment }, cancellationToken);
    }

    /// <summary>Sends a signal to a container's process group. The end of the container is told by a notification.</summary>
    /// <param name="container">The container.</param>
    /// <param name="signal">The signal's number, 1 to 31 (signal(7)).</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task KillAsync(ContainerId container, int signal, CancellationToken cancellationToken = default)
    {
        string operation = $"kill {container}";
        ThrowIfFailed(operation, (await SendAsync<Response.Kill>(new Request.Kill(container, signal), operation, cancellationToken)
            .ConfigureAwait(false)).Result);
    }

    /// <summary>Removes a container.</summary>
    /// <param name="container">The container.</param>
    /// <param name="wipe">Whether its persistent directory, shared by all versions, goes too.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task UninstallAsync(ContainerId container, bool wipe = false, CancellationToken cancellationToken = default)
    {
        string operation = $"uninstall {container}";
        ThrowIfFailed(operation, (await SendAsync<Response.Uninstall>(new Request.Uninstall(container, wipe), operation, cancellationToken)
            .ConfigureAwait(false)).Result);
    }

    /// <summary>Stops the runtime. Answer and errors are ignored, because the runtime may be gone before it answers.</summary>
    public async Task ShutdownAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await SendAsync(new Request.Shutdown(), cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException)
        {
            // The end of the connection is as good an answer as the response.
        }
    }

    /// <summary>Mounts a container. A failure is in the result, not an exception.</summary>
    public async Task<ContainerResult> MountAsync(ContainerId container, CancellationToken cancellationToken = default) =>
        (await MountAsync([container], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Mounts containers, each on its own. Failures are in the results, which have the order of <paramref name="containers"/>.</summary>
    public async Task<IReadOnlyList<ContainerResult>> MountAsync(
        IReadOnlyList<ContainerId> containers, CancellationToken cancellationToken = default) =>
        (await SendAsync<Response.Mount>(new Request.Mount([.. containers]), "mount", cancellationToken).ConfigureAwait(false)).Results;

    /// <summary>Unmounts a container. A failure is in the result, not an exception.</summary>
    public async Task<ContainerResult> UmountAsync(ContainerId container, CancellationToken cancellationToken = default) =>
        (await UmountAsync([container], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Unmounts containers, each on its own. Failures are in the results, which have the order of <paramref name="containers"/>.</summary>
    public async Task<IReadOnlyList<ContainerResult>> UmountAsync(
        IReadOnlyList<ContainerId> containers, CancellationToken cancellationToken = default) =>
        (await SendAsync<Response.Umount>(new Request.Umount([.. containers]), "umount", cancellationToken).ConfigureAwait(false)).Results;

    /// <summary>Creates a token that proves this connection's name to a target.</summary>
    /// <param name="target">The name of who will verify it.</param>
    /// <param name="shared">Bytes that tie the token to one use; may be empty.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<Token> CreateTokenAsync(
        ContainerName target, ReadOnlyMemory<byte> shared, CancellationToken cancellationToken = default) =>
        (await SendAsync<Response.TokenCreate>(new Request.TokenCreate(target, shared), "token_create", cancellationToken)
            .ConfigureAwait(false)).Token;

    /// <summary>Verifies a token that was made for this connection's name.</summary>
    /// <param name="token">The token.</param>
    /// <param name="user">The name of who claims to have created it.</param>
    /// <param name="shared">The bytes it was created with.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<TokenVerification> VerifyTokenAsync(
        Token token, ContainerName user, ReadOnlyMemory<byte> shared, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(token);
        var request = new Request.TokenVerify(token, user, shared);
        return (await SendAsync<Response.TokenVerify>(request, "token_verify", cancellationToken).ConfigureAwait(false)).Verification;
    }

    private async Task StartAsync(Request.Start request, CancellationToken cancellationToken)
    {
        string operation = $"start {request.Container}";
        ThrowIfFailed(operation, (await SendAsync<Response.Start>(request, operation, cancellationToken).ConfigureAwait(false)).Result);
    }

    private async Task<T> SendAsync<T>(Request request, string operation, CancellationToken cancellationToken)
        where T : Response => Expect<T>(await SendAsync(request, cancellationToken).ConfigureAwait(false), operation);

    // The connection lets only matching responses and denied permissions through.
    private static T Expect<T>(Response response, string operation)
        where T : Response => response is Response.PermissionDenied { Request: var request }
            ? throw ApiException.FromPermission(operation, NamesOf(request.RequiredPermission))
            : (T)response;

    // As in manifests and configurations.
    private static string NamesOf(Permissions permissions) =>
        string.Join("' and '", permissions.ToString().Split(", ").Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));

    private static void ThrowIfFailed(string operation, ContainerResult result)
    {
        if (result.Error is { } error)
        {
            throw ApiException.FromRuntime(operation, error);
        }
    }
}
