/** The SQLSTATE by which a batch fails that names a channel which is gone. */
export const goneChannel = 'EW001'

/**
 * Publishes one batch: one call, one transaction.
 *
 *   ch channels that must be there; the call fails by `goneChannel` otherwise
 *   pc,pp,pn per partition: channel, number, messages; sorted by channel and number
 *   ms [{s,r,i,k,h,v}] messages, each with its partition (an index from 1) and its place among those that come to it
 *   chan, origin: whom to wake, and who has published
 *
 * The rows of the partitions are locked in one order and to the commit: offsets are dense, and none becomes visible
 * before a smaller one. A removal locks the same rows before it takes the name, so whoever has them sees a channel go.
 */
export const publishFunction: string = `
create function ew_publish_1(ch int[], pc int[], pp int[], pn int[], ms json, chan text, origin text)
returns void language plpgsql as $$
#variable_conflict use_variable
declare q int; base bigint; last bigint; bs bigint[] := '{}'; ls bigint[] := '{}';
begin
  for q in 1..cardinality(pc) loop
    update ew_partitions m set next = m.next + pn[q], last_at = greatest(m.last_at, ew_now())
     where m.channel = pc[q] and m.partition = pp[q] returning m.next - pn[q], m.last_at into base, last;
    bs := bs || base; ls := ls || last;
  end loop;
  for q in 1..cardinality(ch) loop
    perform 1 from ew_channels m where m.no = ch[q] and m.name is not null;
    if not found then raise exception 'The channel number % is gone.', ch[q] using errcode = '${goneChannel}'; end if;
  end loop;
  if pc <> '{}' then
    insert into ew_messages ("offset", at, channel, partition, id, key, headers, value)
    select bs[x.s] + x.r, ls[x.s], pc[x.s], pp[x.s], x.i, x.k, x.h, x.v
      from json_to_recordset(ms) as x(s int, r int, i text, k text, h text, v text);
    if chan is not null then perform pg_notify(chan, origin); end if;
  end if;
end $$;`
