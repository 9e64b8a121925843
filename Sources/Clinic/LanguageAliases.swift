/// Which subtag replaces which: the aliases of CLDR 42 (`common/supplemental/supplementalMetadata.xml`), which contain
/// the deprecated and grandfathered tags of the IANA Language Subtag Registry, and the codes of ISO 639-2 that have a
/// shorter one in ISO 639-1. All in lower case; where an alias has several replacements, the first.
enum LanguageAliases {
    /// A language for a language, some with a script or a region.
    static let languages = pairs(
        """
        aam=aas aar=aa abk=ab adp=dz afr=af agp=apf ais=ami ajt=aeb aju=jrb aka=ak alb=sq als=sq amh=am ara=ar arb=ar
        arg=an arm=hy asd=snz asm=as aue=ktz ava=av ave=ae aym=ay ayr=ay ayx=nun aze=az azj=az bak=ba bam=bm baq=eu
        baz=nvo bcc=bal bcl=bik bel=be ben=bn bgm=bcg bh=bho bhk=fbl bic=bir bih=bho bis=bi bjd=drl bjq=bzc bkb=ebk
        blg=iba bod=bo bos=bs bre=br btb=beb bul=bg bur=my bxk=luy bxr=bua cat=ca ccq=rki ces=cs cha=ch che=ce chi=zh
        chu=cu chv=cv cjr=mom cka=cmr cld=syr cmk=xch cmn=zh cnr=sr-me cor=kw cos=co coy=pij cqu=quh cre=cr cwd=cr
        cym=cy cze=cs daf=dnj dan=da dap=njz deu=de dgo=doi dhd=mwr dik=din diq=zza dit=dif div=dv djl=dze dkl=aqd
        drh=mn drr=kzk drw=fa-af dud=uth duj=dwu dut=nl dwl=dbt dzo=dz ekk=et ell=el elp=amq emk=man eng=en epo=eo
        esk=ik est=et eus=eu ewe=ee fao=fo fas=fa fat=ak fij=fj fin=fi fra=fr fre=fr fry=fy fuc=ff ful=ff gav=dev
        gaz=om gbc=wny gbo=grb geo=ka ger=de gfx=vaj ggn=gvr ggo=esg ggr=gtu gio=aou gla=gd gle=ga glg=gl gli=kzk
        glv=gv gno=gon gre=el grn=gn gti=nyc gug=gn guj=gu guv=duz gya=gba hat=ht hau=ha hbs=sr-latn hdn=hai hea=hmn
        heb=he her=hz him=srx hin=hi hmo=ho hrr=jal hrv=hr hun=hu hye=hy ibi=opa ibo=ig ice=is ido=io iii=ii ike=iu
        iku=iu ile=ie ill=ilm ilw=gal in=id ina=ia ind=id ipk=ik isl=is ita=it iw=he izi=eza jar=jgk jav=jv jeg=oyb
        ji=yi jpn=ja jw=jv kal=kl kan=kn kas=ks kat=ka kau=kr kaz=kk kdv=zkd kgc=tdf kgd=ncq kgh=kml khk=mn khm=km
        kik=ki kin=rw kir=ky kmr=ku knc=kr kng=kg knn=kok koj=kwv kom=kv kon=kg kor=ko kpp=jkm kpv=kv krm=bmf ktr=dtp
        kua=kj kur=ku kvs=gdj kwq=yam kxe=tvd kxl=kru kzh=dgl kzj=dtp kzt=dtp lak=ksp lao=lo lat=la lav=lv lbk=bnc
        leg=enl lii=raq lim=li lin=ln lit=lt llo=ngt lmm=rmx ltz=lb lub=lu lug=lg lvs=lv mac=mk mah=mh mal=ml mao=mi
        mar=mr may=ms meg=cir mgx=jbk mhr=chm mkd=mk mlg=mg mlt=mt mnk=man mnt=wnn mo=ro mof=xnt mol=ro mon=mn mri=mi
        msa=ms mst=mry mup=raj mwd=dmw mwj=vaj mya=my myd=aog myt=mry nad=xny nau=na nav=nv nbf=nru nbl=nr nbx=ekc
        ncp=kdz nde=nd ndo=ng nep=ne nld=nl nln=azd nlr=nrk nno=nn nns=nbr nnx=ngv nob=nb noo=dtd nor=no npi=ne
        nts=pij nxu=bpp nya=ny oci=oc ojg=oj oji=oj ori=or orm=om ory=or oss=os oun=vaj pan=pa pat=kxr pbu=ps pcr=adx
        per=fa pes=fa pli=pi plt=mg pmc=huw pmu=phr pnb=lah pol=pl por=pt ppa=bfy ppr=lcq prs=fa-af pry=prt pus=ps
        puz=pub que=qu quz=qu rmr=emx rmy=rom roh=rm ron=ro rum=ro run=rn rus=ru sag=sg san=sa sap=aqt sca=hle scc=sr
        scr=hr sgl=isk sh=sr-latn sin=si skk=oyb slk=sk slo=sk slv=sl smd=kmb sme=se smo=sm sna=sn snb=iba snd=sd
        som=so sot=st spa=es spy=kln sqi=sq src=sc srd=sc srp=sr ssw=ss sul=sgd sum=ulw sun=su swa=sw swc=sw-cd swe=sv
        swh=sw tah=ty tam=ta tat=tt tdu=dtp tel=te tgg=bjp tgk=tg tgl=fil tha=th thc=tpo thw=ola thx=oyb tib=bo
        tid=itd tie=ras tir=ti tkk=twm tl=fil tlw=weo tmp=tyj tne=kak tnf=fa-af ton=to tsf=taj tsn=tn tso=ts ttq=tmh
        tuk=tk tur=tr tw=ak twi=ak uig=ug ukr=uk umu=del unp=wro uok=ema urd=ur uzb=uz uzn=uz ven=ve vie=vi vol=vo
        wel=cy wgw=wgb wit=nol wiw=nwo wln=wa wol=wo xba=cax xho=xh xia=acn xkh=waw xpe=kpe xrq=dmw xsj=suj xsl=den
        ybd=rki ydd=yi yen=ynq yid=yi yiy=yrm yma=lrr ymt=mtm yor=yo yos=zom yuu=yug zai=zap zha=za zho=zh zir=scv
        zsm=ms zul=zu zyb=za
        """)

    /// Tags that stand for another as a whole, with what follows them left as it is.
    static let beginnings = pairs(
        """
        aa-saaho=ssy art-lojban=jbo cel-gaulish=xtg en-gb-oed=en-gb-oxendict hy-arevela=hy hy-arevmda=hyw i-ami=ami
        i-bnn=bnn i-default=en-x-i-default i-enochian=und-x-i-enochian i-hak=hak i-klingon=tlh i-lux=lb
        i-mingo=see-x-i-mingo i-navajo=nv i-pwn=pwn i-tao=tao i-tay=tay i-tsu=tsu
        ja-latn-hepburn-heploc=ja-latn-alalc97 no-bok=nb no-bokmal=nb no-nyn=nn no-nynorsk=nn sgn-be-fr=sfb
        sgn-be-nl=vgt sgn-br=bzs sgn-ch-de=sgg sgn-co=csn sgn-de=gsg sgn-dk=dsl sgn-es=ssp sgn-fr=fsl sgn-gb=bfi
        sgn-gr=gss sgn-ie=isg sgn-it=ise sgn-jp=jsl sgn-mx=mfs sgn-ni=ncs sgn-nl=dse sgn-no=nsi sgn-pt=psr sgn-se=swl
        sgn-us=ase sgn-za=sfs sv-aaland=sv-ax zh-guoyu=zh zh-hakka=hak zh-min=nan-x-zh-min zh-min-nan=nan zh-xiang=hsn
        """)

    /// A region for a region: countries that are gone, and the numbers of UN M.49 that have a code in ISO 3166-1.
    static let regions = pairs(
        """
        004=af 008=al 010=aq 012=dz 016=as 020=ad 024=ao 028=ag 031=az 032=ar 036=au 040=at 044=bs 048=bh 050=bd
        051=am 052=bb 056=be 060=bm 062=034 064=bt 068=bo 070=ba 072=bw 074=bv 076=br 084=bz 086=io 090=sb 092=vg
        096=bn 100=bg 104=mm 108=bi 112=by 116=kh 120=cm 124=ca 132=cv 136=ky 140=cf 144=lk 148=td 152=cl 156=cn
        158=tw 162=cx 166=cc 170=co 172=ru 174=km 175=yt 178=cg 180=cd 184=ck 188=cr 191=hr 192=cu 196=cy 200=cz
        203=cz 204=bj 208=dk 212=dm 214=do 218=ec 222=sv 226=gq 230=et 231=et 232=er 233=ee 234=fo 238=fk 239=gs
        242=fj 246=fi 248=ax 249=fr 250=fr 254=gf 258=pf 260=tf 262=dj 266=ga 268=ge 270=gm 275=ps 276=de 278=de
        280=de 288=gh 292=gi 296=ki 300=gr 304=gl 308=gd 312=gp 316=gu 320=gt 324=gn 328=gy 332=ht 334=hm 336=va
        340=hn 344=hk 348=hu 352=is 356=in 360=id 364=ir 368=iq 372=ie 376=il 380=it 384=ci 388=jm 392=jp 398=kz
        400=jo 404=ke 408=kp 410=kr 414=kw 417=kg 418=la 422=lb 426=ls 428=lv 430=lr 434=ly 438=li 440=lt 442=lu
        446=mo 450=mg 454=mw 458=my 462=mv 466=ml 470=mt 474=mq 478=mr 480=mu 484=mx 492=mc 496=mn 498=md 499=me
        500=ms 504=ma 508=mz 512=om 516=na 520=nr 524=np 528=nl 530=cw 531=cw 532=cw 533=aw 534=sx 535=bq 536=sa
        540=nc 548=vu 554=nz 558=ni 562=ne 566=ng 570=nu 574=nf 578=no 580=mp 581=um 582=fm 583=fm 584=mh 585=pw
        586=pk 591=pa 598=pg 600=py 604=pe 608=ph 612=pn 616=pl 620=pt 624=gw 626=tl 630=pr 634=qa 638=re 642=ro
        643=ru 646=rw 652=bl 654=sh 659=kn 660=ai 662=lc 663=mf 666=pm 670=vc 674=sm 678=st 682=sa 686=sn 688=rs
        690=sc 694=sl 702=sg 703=sk 704=vn 705=si 706=so 710=za 716=zw 720=ye 724=es 728=ss 729=sd 732=eh 736=sd
        740=sr 744=sj 748=sz 752=se 756=ch 760=sy 762=tj 764=th 768=tg 772=tk 776=to 780=tt 784=ae 788=tn 792=tr
        795=tm 796=tc 798=tv 800=ug 804=ua 807=mk 810=ru 818=eg 826=gb 830=je 831=gg 832=je 833=im 834=tz 840=us
        850=vi 854=bf 858=uy 860=uz 862=ve 876=wf 882=ws 886=ye 887=ye 890=rs 891=rs 894=zm 958=aa 959=qm 960=qn
        962=qp 963=qq 964=qr 965=qs 966=qt 967=eu 968=qv 969=qw 970=qx 971=qy 972=qz 973=xa 974=xb 975=xc 976=xd
        977=xe 978=xf 979=xg 980=xh 981=xi 982=xj 983=xk 984=xl 985=xm 986=xn 987=xo 988=xp 989=xq 990=xr 991=xs
        992=xt 993=xu 994=xv 995=xw 996=xx 997=xy 998=xz 999=zz an=cw bu=mm cs=rs ct=ki dd=de dy=bj fq=aq fx=fr hv=bf
        jt=um mi=um nh=vu nq=aq nt=sa pc=fm pu=um pz=pa qu=eu rh=zw su=ru tp=tl uk=gb vd=vn wk=um yd=ye yu=rs zr=cd
        """)

    static let scripts = ["qaai": "zinh"]
    static let variants = ["heploc": "alalc97", "polytoni": "polyton"]

    private static func pairs(_ text: String) -> [String: String] {
        var pairs: [String: String] = [:]
        for pair in text.split(whereSeparator: \.isWhitespace) {
            let sides = pair.split(separator: "=")
            pairs[String(sides[0])] = String(sides[1])
        }
        return pairs
    }
}
