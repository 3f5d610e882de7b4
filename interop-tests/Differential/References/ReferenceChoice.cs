using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Differential.References;

/// <summary>Where the RabbitMQ comes from that this broker is compared with.</summary>
internal enum ReferenceKind
{
    /// <summary>From nowhere: the comparison is skipped.</summary>
    None,

    /// <summary>A container of RabbitMQ's own image.</summary>
    Container,

    /// <summary>Nodes of the installed package.</summary>
    Installed,

    /// <summary>One that runs already.</summary>
    Address,
}

/// <summary>
/// The RabbitMQ to compare with: what <c>DIFFERENTIAL_RABBITMQ</c> says (<c>container</c>, <c>installed</c> or an address), and
/// without it a container where Docker answers, else the installed package.
/// </summary>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Reason">Why from there, for the reader of the run.</param>
/// <param name="Address">Of <see cref="ReferenceKind.Address"/>, null for others.</param>
internal sealed record ReferenceChoice(ReferenceKind Kind, string Reason, ReferenceAddress? Address = null)
{
    /// <summary>The environment variable that chooses.</summary>
    public const string Variable = "DIFFERENTIAL_RABBITMQ";

    private static readonly Lazy<ReferenceChoice> s_current =
        new(() => Choose(Environment.GetEnvironmentVariable(Variable), DockerProbe.Ask, BrokerUnderTest.RabbitMQIsInstalled));

    /// <summary>The choice of this run.</summary>
    /// <exception cref="FormatException">The variable says nothing that is known.</exception>
    public static ReferenceChoice Current => s_current.Value;

    /// <summary>Whether scenarios can have a RabbitMQ of their own, to stop and to fill: only of the package any number is started.</summary>
    public bool GivesOwnBrokers => Kind == ReferenceKind.Installed;

    /// <summary>Chooses; Docker is only asked where that decides.</summary>
    /// <exception cref="FormatException"><paramref name="wish"/> is nothing that is known.</exception>
    public static ReferenceChoice Choose(string? wish, Func<DockerProbe> docker, bool isInstalled)
    {
        switch (wish)
        {
            case "container":
                return new(ReferenceKind.Container, $"{Variable} says so");
            case "installed":
                return isInstalled ? new(ReferenceKind.Installed, $"{Variable} says so") : new(ReferenceKind.None, $"{Variable} says installed, and the package rabbitmq-server is not");
            case { Length: > 0 }:
                return new(ReferenceKind.Address, $"{Variable} names it", ReferenceAddress.Parse(wish));
        }

        DockerProbe found = docker();
        return found.Answers ? new(ReferenceKind.Container, found.Finding)
            : isInstalled ? new(ReferenceKind.Installed, found.Finding)
            : new(ReferenceKind.None, $"{found.Finding}; the package rabbitmq-server is not installed; {Variable} names no address");
    }

    /// <summary>Starts it, or finds it running.</summary>
    /// <exception cref="InvalidOperationException">It cannot be had, or lacks what is compared.</exception>
    public async Task<IBroker> StartAsync()
    {
        IBroker broker = Kind switch
        {
            ReferenceKind.Container => await ContainerReference.StartAsync(),
            ReferenceKind.Installed => await BrokerUnderTest.StartAsync(rabbitMQ: true, management: true),
            ReferenceKind.Address => new AddressReference(Address!),
            _ => throw new InvalidOperationException(Reason),
        };
        try
        {
            string version = await ReferenceCheck.VersionAsync(broker);
            Console.WriteLine($"compared with RabbitMQ {version}, {Words} ({Reason})");
            return broker;
        }
        catch
        {
            // Of one that runs already nothing is there to clean up yet, and the fault may be that it cannot be asked.
            if (Kind != ReferenceKind.Address)
            {
                await broker.DisposeAsync();
            }

            throw;
        }
    }

    private string Words => Kind switch
    {
        ReferenceKind.Container => $"a container of {ContainerReference.Image}",
        ReferenceKind.Installed => "the installed package",
        _ => $"at {Address?.Host}:{Address?.Port}",
    };
}
