import { movedPosition } from '../sql/moved-position.ts'

/**
 * Commits one batch of units: one call, one transaction. It locks what they depend on, decides one unit after the other
 * by the rule of `ports/decision.ts`, and writes the winners.
 *
 * Arguments are flat lists, since the conversion of nested ones costs as much as the writes; indexes count from 1.
 *   n units
 *   sid,sh,sp,pred distinct streams, in the order of their bytes: hash, partition of the first append with events,
 *     events if all units win
 *   au,ai,ae,an,ap,ao,so per append: unit, stream, expectation (-1 any, -2 exists, -3 never), number of events,
 *     partition, how many events of the partition and of the stream come before it if all units win · cnt how many
 *     there are of each partition then
 *   ea,ek,ei,et,ev,ec,eo,ed,em per event: append, its place in it, id, type, schema version, checksum, time, data,
 *     meta; columns, since a JSON text would be parsed three times
 *   ow [{c,s,b}] distinct positions · ou,oi,oe,ofr,ot,ol per move: unit, position, epoch, from, to, lease
 *   ib [{s,c,k,f,o}] inbox rows · iu their units
 *   gq [{q,k}] per table the query for what guarded rows have applied · wu,wi,wg,wa per write of such a row: unit, row,
 *     guard or null, what it has applied then
 *   rd,rq,rr per table what deletes, if anything, what inserts, and the rows [{u,x,k,a,b,c0,…}]; lists, for the same
 *     reason · sa, ml, mu, sn, tm, ob: sagas, mail, used mail, snapshots, timers, outbox, all with their unit `u`; a
 *     message with `f` goes only if that timer was fired
 *   relaxed: need not wait for the disk · chan, origin: whom to tell, if anybody listens, and who it was
 *
 * Locks are taken in one order everywhere, streams, positions, rows, counters, heads, each sorted, so that processes
 * wait for each other and never in a circle. A stream is written at once with the version that it has if every unit
 * wins, and put right where one has lost; nobody sees it before the commit. The counter of a partition comes last and
 * is held to the commit, which makes positions dense and their order that of the commits.
 */
export const commitFunction: string = `
create function ew_commit_1(
  n int, sid text[], sh int[], sp int[], pred bigint[], au int[], ai int[], ae bigint[], an int[], ap int[],
  ao bigint[], so bigint[], cnt bigint[],
  ea int[], ek int[], ei uuid[], et text[], ev int[], ec bigint[], eo bigint[], ed json[], em json[],
  ow json, ou int[], oi int[], oe bigint[], ofr bigint[], ot bigint[], ol bigint[],
  ib json, iu int[], gq json, wu int[], wi int[], wg bigint[], wa bigint[],
  rd text[], rq text[], rr json[], sa json, ml json, mu json, sn json, tm json, ob json,
  relaxed boolean, chan text, origin text)
returns json language plpgsql as $$
#variable_conflict use_variable
declare
  na int := coalesce(cardinality(au), 0); no int := coalesce(cardinality(ou), 0);
  ni int := coalesce(cardinality(iu), 0); nw int := coalesce(cardinality(wu), 0);
  st int[] := array_fill(0, array[n]); fa int[] := array_fill(0, array[n]);
  fv bigint[] := array_fill(0::bigint, array[n]);
  ver bigint[]; stored bigint[]; bs bigint[]; made text[];
  opos bigint[]; oep bigint[]; ottl bigint[]; ix int[]; taken int[];
  rs bigint[] := '{}'; ra bigint[]; fired int[] := '{}';
  i int := 1; j int := 1; l int := 1; w int := 1; i0 int; j0 int; l0 int; w0 int;
  q int; k int; v bigint; e bigint; c int; p int; u int;
  hb bigint[] := array[0, 0]; losers boolean := false; t json; ibo json; cp json;
  nowms bigint; last bigint; num int; upto bigint[]; whole boolean;
  wms bigint; obl bigint; mll bigint; mls bigint[];
begin
  if relaxed then perform set_config('synchronous_commit', 'off', true); end if;
  if na > 0 then
    with up as (
      insert into ew_streams as m (stream, part, hash, version)
      select x.s, x.p, x.h, x.v from unnest(sid, sp, sh, pred) x(s, p, h, v) order by x.s collate "C"
      on conflict (stream) do update set version = m.version + excluded.version, part = excluded.part
        where m.version = 0 or m.part = excluded.part
      returning stream, version)
    select array_agg(stream), array_agg(version) into made, ver from up;
    if made = sid then
      stored := ver;
      select array_agg(x.v - x.n) into ver from unnest(stored, pred) x(v, n);
    else
      -- A stream that did not take it is locked and as it was. A new statement sees what the locks have waited for.
      select array_agg(m.version - case when i.s is null then 0 else x.n end order by x.o),
             array_agg(m.version order by x.o), array_agg(m.part::int order by x.o)
        into ver, stored, sp
        from unnest(sid, pred) with ordinality x(s, n, o) join ew_streams m on m.stream = x.s
        left join unnest(made) i(s) on i.s = x.s;
    end if;
  end if;
  if no > 0 then
    perform 1 from ew_ownership m
      join json_to_recordset(ow) as x(c text, s text, b int) on m.consumer = x.c and m.source = x.s and m.bucket = x.b
      order by m.consumer, m.source, m.bucket for update of m;
    select array_agg(m.position order by x.o), array_agg(m.epoch order by x.o), array_agg(0::bigint order by x.o)
      into opos, oep, ottl
      from rows from (json_to_recordset(ow) as (c text, s text, b int)) with ordinality x(c, s, b, o)
      left join ew_ownership m on m.consumer = x.c and m.source = x.s and m.bucket = x.b;
  end if;
  if ni > 0 then
    select array_agg(x.g order by x.o),
           array_agg(case when m.key is null then 0 else 1 end order by x.g) filter (where x.f = 1),
           json_agg(json_build_object('n', x.o, 'f', m.fingerprint, 'o', m.outcome) order by x.o)
             filter (where m.key is not null)
      into ix, taken, ibo
      from (select y.*, dense_rank() over (order by y.s collate "C", y.c collate "C", y.k collate "C")::int g,
                   row_number() over (partition by y.s collate "C", y.c collate "C", y.k collate "C" order by y.o) f
              from rows from (json_to_recordset(ib) as (s text, c text, k text)) with ordinality y(s, c, k, o)) x
      -- One look for each key: joined, a table without statistics would be read whole for every batch.
      left join lateral (
        select i.key, i.fingerprint, i.outcome from ew_inbox i
         where i.service = x.s and i.consumer = x.c and i.key = x.k limit 1 offset 0) m on true;
  end if;
  if nw > 0 then
    for t in select * from json_array_elements(gq) loop
      execute t->>'q' into ra using t->'k';
      if array_position(ra, null) is not null then
        -- Nothing is there that could be locked, and two processes must not both find that.
        perform pg_advisory_xact_lock(hashtextextended(x.k, hashtext(t->>'q')))
          from (select a.k from json_array_elements_text(t->'k') with ordinality a(k, o) where ra[a.o::int] is null
                order by a.k collate "C") x;
        execute t->>'q' into ra using t->'k';
      end if;
      rs := rs || ra;
    end loop;
  end if;

  -- Where everybody wins there is nothing to decide one by one: each key and position once, and all as expected.
  whole := nw = 0 and ni = coalesce(cardinality(taken), 0) and no = coalesce(cardinality(opos), 0)
    and (ni = 0 or array_position(taken, 1) is null);
  if whole and na > 0 then
    select bool_and((x.v = 0 or x.s = x.p) and (x.e = x.v or x.e = -1 or (x.e = -2 and x.v > 0))), array_agg(x.v)
      into whole, bs from (select ver[y.i] + y.b v, sp[y.i] s, y.e, y.p from unnest(ai, ae, ap, so) y(i, e, p, b)) x;
  end if;
  if whole and no > 0 then
    select bool_and(coalesce(x.e = x.m and x.p = x.f, false)) into whole from unnest(oep, oe, opos, ofr) x(e, m, p, f);
  end if;
  if whole then
    opos := ot; ottl := ol; ver := stored;
  else
    bs := array_fill(null::bigint, array[na]); cnt := array[0, 0];
  end if;
  for u in 1..(case when whole then 0 else n end) loop
    i0 := i; j0 := j; l0 := l; w0 := w; c := 0;
    while l <= ni and iu[l] = u loop
      if c = 0 then
        k := ix[l];
        if taken[k] <> 0 then c := 3; fa[u] := l; fv[u] := taken[k]; else taken[k] := -l; end if;
      end if;
      l := l + 1;
    end loop;
    while j <= no and ou[j] = u loop
      if c = 0 then
        k := oi[j];
        if oep[k] = oe[j] and opos[k] = ofr[j] then opos[k] := ot[j];
        else c := 2; fa[u] := j; fv[u] := coalesce(opos[k], -1); end if;
      end if;
      j := j + 1;
    end loop;
    while i <= na and au[i] = u loop
      if c = 0 then
        k := ai[i]; v := ver[k]; e := ae[i];
        if v > 0 and sp[k] <> ap[i] and (an[i] > 0 or sp[k] <> ap[i] + 2) then
          -- A closed stream stores 2 or 4 more than its partition.
          c := 1; fa[u] := i; fv[u] := case when sp[k] % 2 = ap[i] then -1 - sp[k] / 2 else -1 end;
        elsif e = v or e = -1 or (e = -2 and v > 0) then
          bs[i] := v; ver[k] := v + an[i];
          if v = 0 then sp[k] := ap[i]; end if;
        else c := 1; fa[u] := i; fv[u] := v; end if;
      end if;
      i := i + 1;
    end loop;
    while w <= nw and wu[w] = u loop
      if c = 0 and wg[w] is not null and coalesce(rs[wi[w]], 0) <> wg[w] then
        c := 4; fa[u] := w; fv[u] := coalesce(rs[wi[w]], 0);
      end if;
      w := w + 1;
    end loop;
    if c = 0 then
      for q in i0..i - 1 loop p := ap[q] + 1; ao[q] := cnt[p]; cnt[p] := cnt[p] + an[q]; end loop;
      for q in j0..j - 1 loop ottl[oi[q]] := ol[q]; end loop;
      for q in w0..w - 1 loop rs[wi[q]] := wa[q]; end loop;
    else
      st[u] := c; losers := true;
      for q in reverse i - 1..i0 loop
        if bs[q] is not null then ver[ai[q]] := bs[q]; bs[q] := null; end if;
      end loop;
      if c <> 3 then
        for q in reverse (case when c = 2 then fa[u] else j end) - 1..j0 loop opos[oi[q]] := ofr[q]; end loop;
      end if;
      for q in l0..(case when c = 3 then fa[u] else l end) - 1 loop taken[ix[q]] := 0; end loop;
    end if;
  end loop;

  nowms := ew_now(); wms := nowms;
  if na > 0 and ver is distinct from stored then
    update ew_streams m set version = x.v, part = x.p
      from unnest(sid, ver, stored, sp) x(s, v, w, p) where m.stream = x.s and x.v <> x.w;
  end if;
  if no > 0 then
    update ew_ownership m set ${movedPosition('opos[x.o::int]', 'nowms')}, until = nowms + ottl[x.o::int]
      from rows from (json_to_recordset(ow) as (c text, s text, b int)) with ordinality x(c, s, b, o)
     where m.consumer = x.c and m.source = x.s and m.bucket = x.b
       and exists (select 1 from unnest(ou, oi) y(u, i) where y.i = x.o and st[y.u] = 0);
  end if;
  if ni > 0 then
    insert into ew_inbox (service, consumer, key, fingerprint, outcome, at)
    select x.s, x.c, x.k, x.f, x.r, nowms
      from rows from (json_to_recordset(ib) as (s text, c text, k text, f text, o text))
           with ordinality x(s, c, k, f, r, o)
     where st[iu[x.o::int]] = 0 order by ix[x.o::int];
  end if;
  if rq is not null then
    for k in 1..cardinality(rq) loop
      if rd[k] <> '' then execute rd[k] using rr[k], st; end if;
      execute rq[k] using rr[k], st;
    end loop;
  end if;
  if sa is not null then
    insert into ew_sagas (
      id, saga, service, definition_version, status, closed, version, due_at, state, started_at, hash)
    select distinct on (x.i collate "C") x.i, x.s, x.r, x.d, x.t, x.c, x.v, x.e, x.x, x.b, x.h
      from rows from (json_to_recordset(sa) as (u int, i text, s text, r text, d int, t text, c smallint, v bigint,
           e bigint, x text, b bigint, h smallint)) with ordinality x(u, i, s, r, d, t, c, v, e, x, b, h, o)
     where st[x.u] = 0 order by x.i collate "C", x.o desc
    on conflict (id) do update set saga = excluded.saga, service = excluded.service,
      definition_version = excluded.definition_version, status = excluded.status, closed = excluded.closed,
      version = excluded.version, due_at = excluded.due_at, state = excluded.state, started_at = excluded.started_at;
  end if;
  if sn is not null then
    insert into ew_snapshots (identity, stream, version, state)
    select distinct on (x.i collate "C", x.s collate "C") x.i, x.s, x.v, x.x
      from rows from (json_to_recordset(sn) as (u int, i text, s text, v bigint, x text))
           with ordinality x(u, i, s, v, x, o)
     where st[x.u] = 0 order by x.i collate "C", x.s collate "C", x.o desc
    on conflict (identity, stream) do update set version = excluded.version, state = excluded.state;
  end if;
  if tm is not null then
    for t in select * from json_array_elements(tm) loop
      num := 0;
      if st[(t->>'u')::int] <> 0 then null;
      elsif t->>'w' = 'set' then
        insert into ew_timers (id, service, due_at, command, data, meta)
        values (t->>'i', t->>'s', (t->>'d')::bigint, t->>'c', t->>'x', t->>'m')
        on conflict (id) do update set service = excluded.service, due_at = excluded.due_at, command = excluded.command,
          data = excluded.data, meta = excluded.meta;
      elsif t->>'w' = 'remove' then delete from ew_timers m where m.id = t->>'i';
      else
        delete from ew_timers m where m.id = t->>'i' and m.service = t->>'s' and m.due_at = (t->>'d')::bigint
           and m.command = t->>'c' and m.data = t->>'x' and m.meta = t->>'m';
        get diagnostics num = row_count;
      end if;
      fired := fired || num;
    end loop;
  end if;

  if ob is not null then
    select count(*) into num from json_to_recordset(ob) as x(u int, f int)
     where st[x.u] = 0 and coalesce(fired[x.f], 1) = 1;
    if num > 0 then
      update ew_sequences m set last = m.last + num where m.name = 'outbox' returning m.last - num into strict last;
      obl := last;
      insert into ew_outbox (position, recorded_at, id, service, channel, key, type, headers, value)
      select last + row_number() over (order by x.o), nowms, x.i, x.s, x.c, x.k, x.t, x.h, x.v
        from rows from (json_to_recordset(ob) as (u int, f int, i text, s text, c text, k text, t text, h text, v text))
             with ordinality x(u, f, i, s, c, k, t, h, v, o)
       where st[x.u] = 0 and coalesce(fired[x.f], 1) = 1;
    end if;
  end if;
  if ml is not null then
    select count(*) into num from json_to_recordset(ml) as x(u int) where st[x.u] = 0;
    if num > 0 then
      update ew_sequences m set last = m.last + num where m.name = 'mail' returning m.last - num into strict last;
      mll := last;
      insert into ew_mail (seq, at, saga, hash, address, key, kind, body)
      select last + row_number() over (order by x.o), nowms, x.s, x.h, x.a, x.k, x.i, x.b
        from rows from (json_to_recordset(ml) as (u int, s text, h smallint, a text, k text, i text, b text))
             with ordinality x(u, s, h, a, k, i, b, o)
       where st[x.u] = 0 order by x.o
      on conflict (saga, address, key) do nothing;
      get diagnostics k = row_count;
      -- Which ones are there, where some were known already.
      if k < num then
        select coalesce(array_agg(m.seq), '{}') into mls from ew_mail m where m.seq > last and m.seq <= last + num;
      end if;
      -- A unit uses up what was there, or came with itself or an earlier one.
      if mu is not null then
        select array_agg(last + x.c order by x.u) into upto
          from (select g.u, sum(count(y.u)) over (order by g.u) c from generate_series(1, n) g(u)
                left join json_to_recordset(ml) as y(u int) on y.u = g.u and st[y.u] = 0 group by g.u) x;
      end if;
    end if;
  end if;
  if mu is not null then
    update ew_mail m set body = null from json_to_recordset(mu) as x(u int, s text, a text, k text)
     where st[x.u] = 0 and m.saga = x.s and m.address = x.a and m.key = x.k and m.body is not null
       and (upto is null or m.seq <= upto[x.u]);
  end if;
  for p in 0..1 loop
    if cnt[p + 1] > 0 then
      update ew_head m set position = m.position + cnt[p + 1] where m.part = p
        returning m.position - cnt[p + 1] into strict v;
      hb[p + 1] := v;
    end if;
  end loop;
  if cnt[1] + cnt[2] > 0 then
    nowms := ew_now();
    insert into ew_events (
      position, version, occurred_at, recorded_at, checksum, id, schema_version, part, stream, type, data, meta)
    select hb[ap[x.a] + 1] + ao[x.a] + x.k, bs[x.a] + x.k, x.o, nowms, x.c, x.i, x.v, ap[x.a], sid[ai[x.a]], x.t,
           x.d, x.m
      from unnest(ea, ek, ei, et, ev, ec, eo, ed, em) x(a, k, i, t, v, c, o, d, m)
     where bs[x.a] is not null;
  end if;
  if na > 0 and array_position(an, 0) is not null then
    select json_agg(json_build_array(x.o, m.position)) into cp
      from unnest(an, bs, ai) with ordinality x(n, v, k, o)
      join ew_events m on m.stream = sid[x.k] and m.version = x.v where x.n = 0 and x.v > 0;
  end if;
  if chan is not null then perform pg_notify(chan, origin); end if;
  return json_build_object('st', case when losers then st end, 'fa', case when losers then fa end,
    'fv', case when losers then fv end, 'bs', bs, 'ao', ao, 'hb', hb, 'ib', ibo, 'cp', cp, 'at', nowms,
    'w', wms, 'ob', obl, 'fi', case when obl is not null and fired <> '{}' then fired end, 'ml', mll, 'mi', mls);
end $$;`
