// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime.Containers;
using Northstar.Runtime.Engine;

namespace Northstar.Runtime.Console;

/// <summary>Carries out the requests of one peer that need nothing but an answer. Permissions were checked before.</summary>
internal sealed class RequestHandler(ConsoleContext context, ConsolePeer peer)
{
    private readonly Response.Ident _ident = new(peer.Identity);

    /// <summary>Gets or sets a value indicating whether the peer asked for extensions.</summary>
    internal bool HasExtensions { get; set; }

    /// <summary>Carries out a request. Cancelling ends the wait; what the engine has begun goes on.</summary>
    /// <exception cref="RuntimeException">The runtime shuts down.</exception>
    internal ValueTask<Response> HandleAsync(Request request, CancellationToken cancellationToken) => request switch
    {
        Request.Ident => new ValueTask<Response>(_ident),
        Request.TokenCreate r when context.HasBoundTokens => new ValueTask<Response>(CreateBoundAsync(r, cancellationToken)),
        Request.TokenVerify { Presenter: { } presenter } r => new ValueTask<Response>(VerifyPresentedAsync(r, presenter, cancellationToken)),
        Request.TokenVerify r when context.HasBoundTokens => new ValueTask<Response>(VerifyBoundAsync(r, cancellationToken)),
        Request.TokenCreate r => new ValueTask<Response>(new Response.TokenCreate(context.Tokens.Create(peer.Identity.Name, r.Target, r.Shared.Span))),
        Request.TokenVerify r => new ValueTask<Response>(new Response.TokenVerify(
            context.Tokens.Verify(r.Token, r.User, peer.Identity.Name, r.Shared.Span, ValidityFor(r)))),
        _ => new ValueTask<Response>(AskEngineAsync(request, cancellationToken)),
    };

    private async Task<Response> CreateBoundAsync(Request.TokenCreate r, CancellationToken cancellationToken)
    {
        string? instance = await InstanceAsync(peer.Identity.Name, peer.IsContainer, cancellationToken).ConfigureAwait(false);
        return new Response.TokenCreate(context.Tokens.Create(peer.Identity.Name, r.Target, r.Shared.Span, instance));
    }

    private async Task<Response> VerifyBoundAsync(Request.TokenVerify r, CancellationToken cancellationToken)
    {
        string? instance = await InstanceAsync(r.User, r.User != ConsolePeer.Extern.Name, cancellationToken).ConfigureAwait(false);
        return new Response.TokenVerify(
            context.Tokens.Verify(r.Token, r.User, peer.Identity.Name, r.Shared.Span, ValidityFor(r), instance));
    }

    /// <summary>Who presents another's token does not use it up either.</summary>
    private async Task<Response> VerifyPresentedAsync(Request.TokenVerify r, ulong presenter, CancellationToken cancellationToken) =>
        !await context.Requests.IsProcessOfAsync(r.User, presenter).WaitAsync(cancellationToken).ConfigureAwait(false)
            ? new Response.TokenVerify(TokenVerification.Invalid)
            : await HandleAsync(r with { Presenter = null }, cancellationToken).ConfigureAwait(false);

    private TimeSpan ValidityFor(Request.TokenVerify r) =>
        r.ValiditySeconds is { } seconds && TimeSpan.FromSeconds(seconds) < peer.Limits.TokenValidity ? TimeSpan.FromSeconds(seconds) : peer.Limits.TokenValidity;

    /// <summary>Says which start of which package has a name now; null for clients that are no containers, and a text that no start has when there is none.</summary>
    private async Task<string?> InstanceAsync(ContainerName name, bool isContainer, CancellationToken cancellationToken) => isContainer
        ? await context.Requests.FindInstanceAsync(name).WaitAsync(cancellationToken).ConfigureAwait(false) ?? ""
        : null;

    private async Task<Response> AskEngineAsync(Request request, CancellationToken cancellationToken)
    {
        switch (request)
        {
            case Request.List:
                IReadOnlyList<ContainerId> list = await context.Requests.ListAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
                return new Response.List(peer.Scope.HasAll ? list : [.. list.Where(peer.Scope.Contains)]);
            case Request.Repositories:
                return new Response.Repositories(await context.Requests.RepositoriesAsync().WaitAsync(cancellationToken).ConfigureAwait(false));
            case Request.Inspect r:
                return await InspectAsync(r.Container, cancellationToken).ConfigureAwait(false);
            case Request.Statistics:
                IReadOnlyList<ContainerStatistics> all = await context.Requests.StatisticsAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
                return new Response.Statistics(peer.Scope.HasAll ? all : [.. all.Where(c => peer.Scope.Contains(c.Container))]);
            case Request.Start r:
                return new Response.Start(await TryAsync(r.Container, StartAsync(r), cancellationToken).ConfigureAwait(false));
            case Request.Kill r:
                Task kill = context.Requests.KillAsync(r.Container, r.Signal);
                return new Response.Kill(await TryAsync(r.Container, kill, cancellationToken).ConfigureAwait(false));
            case Request.Uninstall r:
                Task uninstall = context.Requests.UninstallAsync(r.Container, r.Wipe);
                return new Response.Uninstall(await TryAsync(r.Container, uninstall, cancellationToken).ConfigureAwait(false));
            case Request.SetFloor r:
                Task setting = context.Requests.SetFloorAsync(r.Repository, r.Container);
                return new Response.SetFloor(await TryAsync(r.Container, setting, cancellationToken).ConfigureAwait(false));
            case Request.Mount r:
                return new Response.Mount(await EachAsync(r.Containers, context.Requests.MountAsync(r.Containers), cancellationToken).ConfigureAwait(false));
            case Request.Umount r:
                return new Response.Umount(await EachAsync(r.Containers, context.Requests.UmountAsync(r.Containers), cancellationToken).ConfigureAwait(false));
            default:
                throw new ConsoleClosedException($"the request {request.GetType().Name} is not served here");
        }
    }

    /// <summary>Tells whether a container may be followed.</summary>
    internal Task<ContainerResult> CheckOutputAsync(ContainerId container, OutputStreams streams, CancellationToken cancellationToken) =>
        TryAsync(container, context.Requests.CheckOutputAsync(container, streams), cancellationToken);

    /// <summary>Reads all of a stored package again. Cancelling ends it.</summary>
    internal Task<ContainerResult> VerifyAsync(ContainerId container, IProgress<VerifyProgress> progress, CancellationToken cancellationToken) =>
        TryAsync(container, context.Requests.VerifyAsync(container, progress, cancellationToken), cancellationToken);

    private Task StartAsync(Request.Start r)
    {
        StartParameters parameters = r.RequiredPermission == Permissions.Start
            ? StartParameters.None
            : new StartParameters(r.Init, r.Arguments, r.Environment);
        return context.Requests.StartContainerAsync(r.Container, parameters);
    }

    private async Task<Response> InspectAsync(ContainerId container, CancellationToken cancellationToken)
    {
        Task<InspectData> inspect = context.Requests.InspectAsync(container);
        ContainerResult result = await TryAsync(container, inspect, cancellationToken).ConfigureAwait(false);
        return result.Error is { } error
            ? new Response.Inspect(container, error)
            : new Response.Inspect(container, peer.Scope.Filter(Shown(await inspect.ConfigureAwait(false))));
    }

    /// <summary>Who did not ask for extensions sees 0.9.3.</summary>
    private InspectData Shown(InspectData data) => HasExtensions ? data : data with { Trust = null };

    private async Task<ContainerResult> TryAsync(ContainerId container, Task operation, CancellationToken cancellationToken)
    {
        try
        {
            await operation.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new ContainerResult(container);
        }
        catch (RuntimeException e) when (e.Code != RuntimeErrorCode.ShuttingDown)
        {
            return new ContainerResult(container, peer.Scope.Filter(ApiErrorMapper.Map(e, container), container));
        }
        catch (Exception e) when (e is not (OperationCanceledException or RuntimeException))
        {
            // A fault of ours. Its text may name what is no peer's business.
            Log.RequestFault(context.Logger, peer.Name, e);
            return new ContainerResult(container, new ApiError.Unexpected("internal error; the log of the runtime has more"));
        }
    }

    private async Task<ContainerResult[]> EachAsync(
        IReadOnlyList<ContainerId> containers, Task<RuntimeException?[]> operation, CancellationToken cancellationToken)
    {
        RuntimeException?[] failures = await operation.WaitAsync(cancellationToken).ConfigureAwait(false);
        return [.. containers.Zip(
            failures, (id, e) => new ContainerResult(id, e is null ? null : peer.Scope.Filter(ApiErrorMapper.Map(e, id), id)))];
    }
}
