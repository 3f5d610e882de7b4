using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>The classes exchange and queue: what exists and how it is bound.</summary>
public sealed partial class ChannelSession
{
    private void DeclareExchange(in ExchangeDeclare declare)
    {
        ShortString name = Names.Strip(declare.Exchange);
        CheckNotDefault(name);
        if (declare.Passive)
        {
            Host.GetExchange(name);
        }
        else if (Host.FindExchange(name) is { } existing)
        {
            ExchangeArguments.CheckEquivalent(
                existing, ExchangeTypes.Get(declare.Type), Properties(name, in declare, null), Host.NameText);
        }
        else
        {
            ExchangeType type = ExchangeTypes.Get(declare.Type);
            Names.CheckNewExchange(name);
            ShortString? alternate = ExchangeArguments.Parse(declare.Arguments, name, Host.NameText);
            ExchangeProperties properties = Properties(name, in declare, alternate);
            type.CheckArguments?.Invoke(properties, Host.NameText);
            Host.AddExchange(type.Name, properties);
        }

        if (!declare.NoWait)
        {
            Reply(default(ExchangeDeclareOk), awaits: declare.Durable && !declare.Passive);
        }
    }

    private static ExchangeProperties Properties(ShortString name, in ExchangeDeclare declare, ShortString? alternate) =>
        new(name, declare.Durable, declare.AutoDelete, declare.Internal, declare.Arguments, alternate);

    private void DeleteExchange(in ExchangeDelete delete)
    {
        ShortString name = Names.Strip(delete.Exchange);
        CheckNotDefault(name);
        bool durable = false;
        if (Names.IsReserved(name))
        {
            throw new ChannelException(
                ReplyCode.AccessRefused, $"deletion of system exchange '{name}' in vhost '{Host.Name}' not allowed");
        }

        if (Host.FindExchange(name) is { } exchange)
        {
            if (delete.IfUnused && exchange.Bindings.Count > 0)
            {
                throw new ChannelException(
                    ReplyCode.PreconditionFailed, $"exchange '{name}' in vhost '{Host.Name}' in use");
            }

            durable = exchange.Durable;
            Host.Delete(exchange);
        }

        if (!delete.NoWait)
        {
            Reply(default(ExchangeDeleteOk), awaits: durable || Host.Log.HasAwaited);
        }
    }

    private void Bind(in ExchangeBind bind)
    {
        Binding binding = ExchangeBinding(bind.Destination, bind.Source, bind.RoutingKey, bind.Arguments);
        binding.Source.CheckBinding(binding);
        Host.Bind(binding);
        if (!bind.NoWait)
        {
            Reply(default(ExchangeBindOk), awaits: binding.Durable);
        }
    }

    private void Unbind(in ExchangeUnbind unbind)
    {
        CheckNotDefault(unbind.Destination);
        CheckNotDefault(unbind.Source);
        Exchange? destination = Host.FindExchange(Names.Strip(unbind.Destination));
        Unbind(unbind.Source, destination, unbind.RoutingKey, unbind.Arguments, default(ExchangeUnbindOk), unbind.NoWait);
    }

    private Binding ExchangeBinding(ShortString destination, ShortString source, ShortString key, FieldTable arguments)
    {
        CheckNotDefault(destination);
        CheckNotDefault(source);
        Exchange from = Host.GetExchange(Names.Strip(source));
        Exchange to = Host.GetExchange(Names.Strip(destination));
        return new Binding(from, to, key, arguments);
    }

    private void DeclareQueue(in QueueDeclare declare)
    {
        ShortString name = Names.Strip(declare.Queue);
        MessageQueue? queue;
        if (ReplyTo.IsReplyName(name) || name == ReplyTo.PseudoQueue)
        {
            // A requester's name exists as long as its channel consumes replies.
            if (name != ReplyTo.PseudoQueue && !Host.HasReplyChannel(name))
            {
                throw new ChannelException(ReplyCode.NotFound, $"no queue '{name}' in vhost '{Host.Name}'");
            }

            if (!declare.NoWait)
            {
                Reply(new QueueDeclareOk(name, 0, 1));
            }

            return;
        }

        if (declare.Passive)
        {
            queue = Host.GetQueue(name);
            CheckOwner(queue);
            queue.NoteUse();
        }
        else
        {
            // Unlike an exchange's, a queue's reserved name is refused even if there is such a queue, of a client's own too.
            Names.CheckDeclaredQueue(name);
            queue = name.IsEmpty ? null : Host.FindQueue(name);
            var request = new QueueDeclaration(
                name.IsEmpty ? Names.ServerNamedQueue(Host.FillRandom) : name,
                declare.Durable,
                declare.Exclusive,
                declare.AutoDelete,
                ServerNamed: name.IsEmpty);
            if (queue is null)
            {
                QueueArguments arguments = QueueArguments.Parse(declare.Arguments, in request, Host.NameText);
                queue = Host.AddQueue(in request, declare.Exclusive ? _session : null, arguments);
            }
            else
            {
                CheckOwner(queue);
                if (declare.Exclusive != (queue.Owner is not null))
                {
                    throw OwnedElsewhere(queue);
                }

                queue.Arguments.CheckEquivalent(queue.Declaration, in request, declare.Arguments, Host.NameText);
                queue.NoteUse();
            }
        }

        _lastQueue = queue.Name;
        if (!declare.NoWait)
        {
            var reply = new QueueDeclareOk(queue.Name, (uint)queue.ReadyCount, (uint)queue.Consumers.Count);
            Reply(in reply, awaits: queue.Durable && !declare.Passive);
        }
    }

    private void DeleteQueue(in QueueDelete delete)
    {
        ShortString name = QueueNameOrLast(Names.Strip(delete.Queue));
        uint count = 0;
        bool durable = false;
        if (Host.FindQueue(name) is { } queue)
        {
            CheckOwner(queue);
            CheckConditions(queue, in delete);
            if (delete.IfEmpty && queue.ReadyCount > 0)
            {
                throw new ChannelException(ReplyCode.PreconditionFailed, $"queue '{name}' in vhost '{Host.Name}' not empty");
            }

            if (delete.IfUnused && queue.Consumers.Count > 0)
            {
                throw new ChannelException(ReplyCode.PreconditionFailed, $"queue '{name}' in vhost '{Host.Name}' in use");
            }

            count = (uint)queue.ReadyCount;
            durable = queue.Durable;
            Host.Delete(queue);
        }

        if (!delete.NoWait)
        {
            Reply(new QueueDeleteOk(count), awaits: durable || Host.Log.HasAwaited);
        }
    }

    /// <exception cref="ConnectionException">540: RabbitMQ's quorum queues know no conditional delete.</exception>
    private void CheckConditions(MessageQueue queue, in QueueDelete delete)
    {
        if (queue.Arguments.Type == QueueType.Quorum && (delete.IfUnused || delete.IfEmpty))
        {
            string flag = delete.IfUnused ? "if-unused" : "if-empty";
            throw new ConnectionException(
                ReplyCode.NotImplemented,
                $"cannot delete queue '{queue.Name}' in vhost '{Host.Name}'. queue.delete operations with {flag} flag set are not supported by quorum queues");
        }
    }

    private void Purge(in QueuePurge purge)
    {
        MessageQueue queue = Host.GetQueue(QueueNameOrLast(Names.Strip(purge.Queue)));
        CheckOwner(queue);
        uint count = (uint)queue.Purge();
        if (!purge.NoWait)
        {
            Reply(new QueuePurgeOk(count), awaits: queue.Durable);
        }
    }

    private void Bind(in QueueBind bind)
    {
        ShortString name = QueueToBind(bind.Queue, bind.Exchange);
        Exchange exchange = Host.GetExchange(Names.Strip(bind.Exchange));
        MessageQueue queue = Host.GetQueue(name);
        CheckOwner(queue);
        var binding = new Binding(exchange, queue, KeyOrName(bind.Queue, bind.RoutingKey, name), bind.Arguments);
        exchange.CheckBinding(binding);
        Host.Bind(binding);
        if (!bind.NoWait)
        {
            Reply(default(QueueBindOk), awaits: binding.Durable);
        }
    }

    private void Unbind(in QueueUnbind unbind)
    {
        ShortString name = QueueToBind(unbind.Queue, unbind.Exchange);
        ShortString key = KeyOrName(unbind.Queue, unbind.RoutingKey, name);
        Unbind(unbind.Exchange, Host.FindQueue(name), key, unbind.Arguments, default(QueueUnbindOk), noWait: false);
    }

    /// <summary>Takes a binding away. What is not there is nobody's fault, be it the binding or one of its ends.</summary>
    private void Unbind<T>(ShortString source, Destination? destination, ShortString key, FieldTable arguments, T ok, bool noWait)
        where T : struct, IMethod<T>
    {
        bool durable = false;
        if (Host.FindExchange(Names.Strip(source)) is { } exchange && destination is not null
            && exchange.Find(new Binding(exchange, destination, key, arguments)) is { } binding)
        {
            if (destination is MessageQueue queue)
            {
                CheckOwner(queue);
            }

            durable = binding.Durable;
            Host.Unbind(binding);
        }

        if (!noWait)
        {
            Reply(ok, awaits: durable || Host.Log.HasAwaited);
        }
    }

    private ShortString QueueToBind(ShortString queueName, ShortString exchangeName)
    {
        ShortString name = QueueNameOrLast(Names.Strip(queueName));
        CheckNotDefault(exchangeName);
        return name;
    }

    /// <summary>Queue and key both left out: the last declared queue, bound by its name.</summary>
    private static ShortString KeyOrName(ShortString queueName, ShortString key, ShortString name) =>
        queueName.IsEmpty && key.IsEmpty ? name : key;

    private static void CheckNotDefault(ShortString exchange)
    {
        if (exchange.IsEmpty)
        {
            throw new ChannelException(ReplyCode.AccessRefused, "operation not permitted on the default exchange");
        }
    }
}
